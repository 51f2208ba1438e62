/// What settings are read for, which says how closely they are looked at.
package enum ConfigUse: Sendable, Hashable {
    /// To be shown.
    case show
    /// To make or plan a deployment; `opensSSH` is what `--open-ssh` says.
    case make(opensSSH: Bool)
    /// To go on with a deployment that was made with them.
    case recorded
}
