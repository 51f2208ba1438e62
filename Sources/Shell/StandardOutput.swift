private import CSpawn

/// This process's standard output.
package enum StandardOutput {
    /// Writes each line when it is whole, also into a pipe or a file; before the first output only.
    package static func bufferByLine() { cspawn_buffer_output_by_line() }
}
