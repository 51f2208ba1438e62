private import Glibc
package import Posix

/// Keeps this machine's processors out of their sleep states for as long as it exists.
///
/// A processor with nothing to do halts, and who is woken up next waits for it: microseconds on bare metal, and as long
/// as the hypervisor likes on a virtual machine, which gives a halted processor to others. It is Linux's request for
/// the quality of service of power management (`Documentation/power/pm_qos_interface.rst`): a file that is open, with
/// the longest wait in µs in it. So it ends with the process, however that ends.
package final class AwakeProcessors {
    /// Where Linux takes the request; only root may open it.
    package static let device = "/dev/cpu_dma_latency"

    private let file: Int32

    /// Asks for a wait of 0 µs.
    ///
    /// - Parameter path: Another file than Linux's own, for tests.
    /// - Throws: The `errno` of the call that failed, such as `EACCES`, or `ENOENT` where nothing takes the request.
    package init(path: String = AwakeProcessors.device) throws(SystemError) {
        file = open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { throw SystemError() }
        var wait: Int32 = 0
        guard uninterrupted({ write(file, &wait, 4) }) == 4 else {
            let error = SystemError()
            close(file)
            throw error
        }
    }

    deinit { close(file) }
}
