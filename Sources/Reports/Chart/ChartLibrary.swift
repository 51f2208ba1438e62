private import Foundation
private import Posix

/// The JavaScript that draws charts: vega, vega-lite and vega-embed, which `bin/setup` bundles.
enum ChartLibrary {
    private static let name = "vega.js"

    /// Reads it, from the checkout that this program was built in, or from beside an installed one.
    ///
    /// - Throws: ``ReportError/noCharts(searched:)``.
    static func text() throws(ReportError) -> String {
        let executable = URL(filePath: OwnProgram.path)
        var folder = executable.deletingLastPathComponent()
        var places = [
            folder.deletingLastPathComponent().appending(path: "share/prov/charts/\(name)").path
        ]
        while folder.path != "/" {
            if FileManager.default.isExecutableFile(atPath: folder.path + "/bin/build") {
                places.insert(folder.path + "/.build/charts/\(name)", at: 0)
                break
            }
            folder.deleteLastPathComponent()
        }
        for place in places {
            guard let data = FileManager.default.contents(atPath: place), !data.isEmpty else {
                continue
            }
            // the element that holds it ends at the first end tag, wherever that stands
            return String(decoding: data, as: UTF8.self)
                .replacing("</script", with: "<\\/script").replacing("<!--", with: "<\\!--")
        }
        throw .noCharts(searched: places)
    }
}
