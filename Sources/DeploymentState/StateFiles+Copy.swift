import Glibc

extension StateFiles {
    /// Refuses a copy whose original still stands, such as a backup or another checkout's.
    ///
    /// What is done to a copy is done to the machines of the original. A directory that was moved is no
    /// copy: nothing stands where it was.
    ///
    /// - Parameter record: What stands in this directory.
    /// - Throws: ``InventoryError/copy(path:original:)``.
    func requireOriginal(_ record: DeploymentRecord) throws(InventoryError) {
        guard let original = record.directory, original != path, !isSame(as: original) else {
            return
        }
        // Something unreadable, or nothing, is no original that could be meant.
        let other = try? DeploymentRecord(file: StateFiles(original).record)
        if other?.id == record.id { throw .copy(path: path, original: original) }
    }

    /// Whether both paths lead to one directory.
    private func isSame(as other: String) -> Bool {
        var (mine, others) = (stat(), stat())
        return stat(path, &mine) == 0 && stat(other, &others) == 0
            && mine.st_dev == others.st_dev && mine.st_ino == others.st_ino
    }
}
