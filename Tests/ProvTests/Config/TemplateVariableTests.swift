import Testing

@testable import Prov

@Suite("Template variables", .timeLimit(.minutes(1)))
struct TemplateVariableTests {
    @Test("blocks are found among comments, heredocs and strings that hold braces")
    func scan() throws {
        let text = #"""
            # variable "commented" {}
            // variable "out" {}
            /* variable "too" {
            */ terraform { required_version = ">= 1.5" }
            variable "plain" {}
            variable "one_line" { type = string }
            variable "full" {
              type        = map( list(number) ) # not } the end
              default     = { a = [1, "}"] }
              description = "Has \"quotes\", a } and ${"a template with a \" and }"}."
              sensitive   = true

              validation {
                condition     = length(var.full) > 0 && can(regex("^[^\"{]+$", "x"))
                error_message = <<-TEXT
                  not } this variable "inner" {
                  TEXT
              }
            }
            locals {
              variable = "no variable"
              text     = <<EOT
            variable "heredoc" {
            EOT
              percent  = "100%%{ and $${"
            }
            variable "shape" {
              type = object({
                a = string
                b = optional(number, 3)
              })
              nullable = false
            }
            variable bare { default = null }
            """#
        let variables = try TemplateVariable.scan(text, file: "t/v.tf")
        #expect(variables.map(\.name) == ["plain", "one_line", "full", "shape", "bare"])
        #expect(
            variables.map(\.type) == [
                "", "string", "map(list(number))",
                "object({\na=string\nb=optional(number,3)\n})", "",
            ]
        )
        #expect(variables.map(\.hasDefault) == [false, false, true, false, true])
        #expect(variables.map(\.isSensitive) == [false, false, true, false, false])
        #expect(variables[2].description.hasPrefix(#"Has "quotes", a } and"#))
        #expect("\(variables[2].mark)" == "t/v.tf:7:1")
    }

    @Test(
        "a text that has no end is refused with its place",
        arguments: [
            ("a = \"x\n", "v.tf:1:5: the string has no end (write \")"),
            ("/* x", "v.tf:1:1: the comment has no end (write */)"),
            (
                "variable \"a\" {\n type = string\n",
                "v.tf:1:14: the block has no end (write })"
            ),
            ("x {\n", "v.tf:1:3: the block has no end (write })"),
            (
                "a = <<X\nb\n",
                "v.tf:1:5: the heredoc has no end (write its name on a line of its own)"
            ),
            ("a = \"${b\n", "v.tf:1:7: the template has no end (write })"),
            (
                "\nvariable {}\n",
                "v.tf:2:1: variable takes one name and a block (write variable \"NAME\" { … })"
            ),
        ]
    )
    func faults(text: String, expected: String) {
        let error = #expect(throws: ConfigErrors.self) {
            try TemplateVariable.scan(text, file: "v.tf")
        }
        #expect(error?.description == expected)
    }

    @Test("a template is a folder of .tf files, read by name")
    func folder() throws {
        let folder = try ConfigFolder([
            "t/b.tf": "variable \"b\" {}\n", "t/a.tf": "variable \"a\" {}\r\n", "t/x.txt": "{",
            "json/v.tf.json": "{}", "empty/x": "", "bad/a.tf": "\"", "bad/b.tf": "{",
        ])
        func faults(_ name: String) -> String {
            do throws(ConfigErrors) {
                _ = try TemplateVariable.read(template: "\(folder.path)/\(name)")
                return ""
            } catch {
                return error.description.replacing("\(folder.path)/", with: "")
            }
        }
        let variables = try TemplateVariable.read(template: "\(folder.path)/t")
        #expect(variables.map(\.name) == ["a", "b"])
        #expect(faults("none") == "none: no such template folder (name a folder with .tf files)")
        #expect(faults("emty") == "emty: no such template folder (did you mean \"empty\"?)")
        #expect(faults("t/a.tf").hasPrefix("t/a.tf: no such template folder"))
        #expect(faults("empty") == "empty: the folder holds no .tf file (name a template's folder)")
        #expect(
            faults("json")
                == "json/v.tf.json: variables in JSON are not read (write them in a .tf file)"
        )
        #expect(
            faults("bad") == """
                bad/a.tf:1:1: the string has no end (write ")
                bad/b.tf:1:1: the block has no end (write })
                """
        )
    }

    @Test("no text, however broken, ends the scanner in a trap", arguments: 0..<20)
    func broken(seed: UInt64) {
        let pieces = [
            "variable", " \"a\" ", "{", "}", "\"", "${", "%{", "$${", "\\", "\n", "<<X", "<<-X",
            "X",
            "=", "type", "[", ")", "#", "/*", "*/", "//", "ü", "default",
        ]
        var state = seed
        for _ in 0..<200 {
            var text = ""
            for _ in 0..<30 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                text += pieces[Int(state >> 33) % pieces.count]
            }
            do throws(ConfigErrors) {
                let variables = try TemplateVariable.scan(text, file: "v.tf")
                #expect(variables.count <= 30)
            } catch {
                #expect(error.errors.count == 1)
            }
        }
    }
}
