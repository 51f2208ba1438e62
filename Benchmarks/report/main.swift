// Makes an experiment with real interval logs and a real snapshot of Prometheus, to measure and test its
// report: report-benchmark FOLDER PAIRS SECONDS

import Foundation

let words = CommandLine.arguments
guard words.count == 4, let pairs = Int(words[2]), let seconds = Int(words[3]), pairs > 0,
    seconds > 1
else {
    print("usage: report-benchmark FOLDER PAIRS SECONDS")
    exit(2)
}
print(try await SyntheticExperiment(folder: words[1], pairs: pairs, seconds: seconds).make())
