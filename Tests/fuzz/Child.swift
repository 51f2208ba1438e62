import Glibc

/// Reads inputs one after the other in a process of its own, which a fault may kill.
struct Child {
    /// More processor time for one input is a hang.
    static let timeLimit = 2
    /// More resident memory is too much.
    static let memoryLimit = 256 << 10
    /// The exit status for an input that was judged wrongly.
    static let violation: Int32 = 4
    /// The exit status for too much memory.
    static let tooMuchMemory: Int32 = 5

    let target: Target
    let scratch: Scratch
    let progress: Progress

    /// Reads the inputs with these numbers; does not return when one is at fault.
    func run(_ numbers: Range<Int>, input: (Int) -> [UInt8]) {
        Self.boundMemory()
        for number in numbers {
            let bytes = input(number)
            progress[.current] = number
            read(bytes)
        }
    }

    private func read(_ bytes: [UInt8]) {
        let start = Self.processorTime
        // The kernel ends a hang by SIGPROF: the reader's own thread cannot.
        Self.setTimer(Self.timeLimit)
        let verdict = target.judge(bytes, scratch)
        Self.setTimer(0)
        progress[.longest] = max(progress[.longest], Self.processorTime - start)
        progress[.memory] = Self.memory
        switch verdict {
        case .accepted: progress[.accepted] += 1
        case .refused: progress[.refused] += 1
        case .violated(let text): Self.end(Self.violation, text)
        }
        guard Self.memory <= Self.memoryLimit else {
            Self.end(Self.tooMuchMemory, "\(Self.memory >> 10) MiB are in use")
        }
    }

    private static func end(_ status: Int32, _ text: String) -> Never {
        writeAll("\(text)\n".utf8, to: STDERR_FILENO)
        exit(status)
    }

    private static func setTimer(_ seconds: Int) {
        var timer = itimerval()
        timer.it_value.tv_sec = seconds
        setitimer(__itimer_which_t(ITIMER_PROF.rawValue), &timer, nil)
    }

    /// An input that wants all memory gets none, and harms nobody else on this machine.
    private static func boundMemory() {
        var limit = rlimit(rlim_cur: 2 << 30, rlim_max: 2 << 30)
        setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit)
        // No core file for each crash.
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    }

    private static var memory: Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss
    }

    /// In microseconds.
    private static var processorTime: Int {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return time.tv_sec * 1_000_000 + time.tv_nsec / 1_000
    }
}
