/// The scripts that teach shells to ask `PROGRAM complete` for the words that may follow.
///
/// They run the program that stands on the command line. It prints a candidate in each line, behind a
/// tab what it is, and leaves out those that do not fit.
package struct CompletionScript: Sendable {
    /// The shells, by the name of their program.
    package static let shells = ["bash", "zsh", "fish"]

    private let program: String
    /// Whether files are offered where the program offers nothing.
    private let fallsToFiles: Bool
    /// Other programs beside it that are one of its commands, such as `ssh` of `prov`: each is completed
    /// where it is called as `bin/NAME`, so that another program of the name keeps its own completion.
    private let siblings: [String]

    /// Makes the scripts of one program.
    package init(_ program: String, fallsToFiles: Bool, siblings: [String] = []) {
        self.program = program
        self.fallsToFiles = fallsToFiles
        self.siblings = siblings
    }

    /// Returns a shell's script, or `nil` if there is none.
    package func text(for shell: String) -> String? {
        switch shell {
        case "bash": bash
        case "zsh": zsh
        case "fish": fish
        default: nil
        }
    }

    /// `%q` keeps names with blanks whole; a folder is gone on in, so that no blank follows.
    private var bash: String {
        let cases = siblings.map { name in
            "    if [[ $program == */\(name) ]]; then\n"
                + "        program=${program%\(name)}\(program) words=(\(name) \"${words[@]}\")\n"
                + "    fi\n"
        }.joined()
        let names = siblings.map { " bin/\($0) ./bin/\($0)" }.joined()
        let option = fallsToFiles ? " -o default" : ""
        return """
            # Completes the words of \(program): source <(\(program) completion bash)
            _\(program)() {
                local program=${COMP_WORDS[0]/#\\~/$HOME} line words=("${COMP_WORDS[@]:1:COMP_CWORD}")
            \(cases)    COMPREPLY=()
                while IFS= read -r line; do
                    printf -v line %q "${line%%$'\\t'*}"
                    COMPREPLY+=("$line")
                done < <("$program" complete -- "${words[@]}" 2>/dev/null)
                if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == */ ]]; then compopt -o nospace; fi
            }
            complete\(option) -F _\(program) \(program)\(names)

            """
    }

    /// It works by `source` and, as a file `_PROGRAM`, from `fpath`.
    private var zsh: String {
        let cases = siblings.map { name in
            "    if [[ $program == */\(name) ]]; then\n"
                + "        program=${program%\(name)}\(program)\n"
                + "        given=(\(name) \"${given[@]}\")\n"
                // Else zsh adds what it knows of the other program of this name.
                + "        _compskip=all\n    fi\n"
        }.joined()
        let patterns = siblings.map { " '(|*/)bin/\($0)'" }.joined()
        let names = patterns.isEmpty ? program : "\(program) -p\(patterns)"
        let files = fallsToFiles ? "_files" : "return 1"
        return """
            #compdef \(program)
            # Completes the words of \(program): source <(\(program) completion zsh)
            _\(program)() {
                local program=${words[1]/#\\~/$HOME} line text
                local -a plain shown folders given
                given=("${(@Q)words[2,CURRENT]}")
            \(cases)    "$program" complete -- "${given[@]}" 2>/dev/null | while IFS= read -r line; do
                    text=${line%%$'\\t'*}
                    if [[ $text == */ ]]; then
                        folders+=("$text")
                    else
                        plain+=("$text")
                        if [[ $line == *$'\\t'?* ]]; then
                            shown+=("$text  -- ${line#*$'\\t'}")
                        else
                            shown+=("$text")
                        fi
                    fi
                done
                (( $#plain )) && compadd -l -d shown -a plain
                (( $#folders )) && compadd -S '' -a folders
                (( $#plain + $#folders )) || \(files)
            }
            if [[ $funcstack[1] == _\(program) ]]; then
                _\(program) "$@"
            else
                compdef _\(program) \(names)
            fi

            """
    }

    private var fish: String {
        let option = fallsToFiles ? "" : " -f"
        return """
            # Completes the words of \(program): \(program) completion fish | source
            function __\(program)_complete
                set -l words (commandline -opc)
                set -l program (string replace -r '^~' $HOME -- $words[1])
                $program complete -- $words[2..-1] (commandline -ct) 2>/dev/null
            end
            complete -c \(program)\(option) -a '(__\(program)_complete)'

            """
    }
}
