/// The scripts that teach shells to ask `prov complete` for the words that may follow.
///
/// They run the `prov` that stands on the command line. It prints a candidate in each line, behind a
/// tab what it is, and leaves out those that do not fit.
enum Shells {
    /// The shells, by the name of their program.
    static let names = ["bash", "zsh", "fish"]

    /// Returns a shell's script, or `nil` if there is none.
    static func script(for shell: String) -> String? {
        switch shell {
        case "bash": bash
        case "zsh": zsh
        case "fish": fish
        default: nil
        }
    }

    /// `%q` keeps names with blanks whole; a folder is gone on in, so that no blank follows.
    private static let bash = #"""
        # Completes the words of prov: source <(prov completion bash)
        _prov() {
            local program=${COMP_WORDS[0]/#\~/$HOME} line
            COMPREPLY=()
            while IFS= read -r line; do
                printf -v line %q "${line%%$'\t'*}"
                COMPREPLY+=("$line")
            done < <("$program" complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
            if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == */ ]]; then compopt -o nospace; fi
        }
        complete -F _prov prov

        """#

    /// It works by `source` and, as a file `_prov`, from `fpath`.
    private static let zsh = #"""
        #compdef prov
        # Completes the words of prov: source <(prov completion zsh)
        _prov() {
            local program=${words[1]/#\~/$HOME} line text
            local -a plain shown folders
            "$program" complete -- "${(@Q)words[2,CURRENT]}" 2>/dev/null | while IFS= read -r line; do
                text=${line%%$'\t'*}
                if [[ $text == */ ]]; then
                    folders+=("$text")
                else
                    plain+=("$text")
                    if [[ $line == *$'\t'?* ]]; then
                        shown+=("$text  -- ${line#*$'\t'}")
                    else
                        shown+=("$text")
                    fi
                fi
            done
            (( $#plain )) && compadd -l -d shown -a plain
            (( $#folders )) && compadd -S '' -a folders
            (( $#plain + $#folders ))
        }
        if [[ $funcstack[1] == _prov ]]; then _prov "$@"; else compdef _prov prov; fi

        """#

    private static let fish = #"""
        # Completes the words of prov: prov completion fish | source
        function __prov_complete
            set -l words (commandline -opc)
            set -l program (string replace -r '^~' $HOME -- $words[1])
            $program complete -- $words[2..-1] (commandline -ct) 2>/dev/null
        end
        complete -c prov -f -a '(__prov_complete)'

        """#
}
