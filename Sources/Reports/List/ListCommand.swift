public import Bench
internal import Histogram
internal import JSON
internal import Usage

extension Subcommand {
    /// `bench list`: trials and experiments, a line each.
    public static let list = Subcommand(listUsage) { arguments in
        let folders = arguments.all("PATH")
        var listing = Listing(of: folders.isEmpty ? ["trials", "experiments"] : folders)
        let checks = arguments.flag("check")
        if checks { await listing.check() }
        for note in listing.notes { complain("bench list: \(printable(note))") }
        if arguments.flag("json") {
            print(JSON.array(listing.items.map(\.json)).text)
        } else if listing.items.isEmpty {
            print("none")
        } else {
            let titles = Listing.titles(checked: checks)
            var table = TextTable()
            table.add(titles)
            table.addRule()
            for item in listing.items { table.add(item.cells.map { printable($0, limit: 200) }) }
            print(table.text(leading: titles.count), terminator: "")
        }
        return listing.notes.isEmpty ? 0 : 1
    }

    private static let listUsage = Usage(
        "bench list",
        summary: "list trials and experiments with label, variant, rate, p99 and validity",
        example: "bench list trials/demo",
        operands: [
            Usage.Operand("PATH", "where to look (trials and experiments)", occurs: 0...1_000)
        ],
        options: [
            Usage.Option(
                "check",
                "compute every number anew from the raw logs, and say of each whether its evidence is whole"
            ),
            Usage.Option("json", "print JSON"),
        ]
    )
}
