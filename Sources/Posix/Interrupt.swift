private import Glibc

/// Makes a call again as long as a signal interrupts it.
///
/// - Parameter call: A system call that returns a negative number, and `EINTR`, if it was interrupted.
/// - Returns: What it returned at last.
@inline(__always)
package func uninterrupted<Count: SignedInteger>(_ call: () -> Count) -> Count {
    while true {
        let count = call()
        if count >= 0 || errno != EINTR { return count }
    }
}
