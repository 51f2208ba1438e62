/// Why a batch of users was handed out.
public enum CoordinatorEvent: String, Sendable, Hashable {
    /// The batch is full.
    case coordinate
    /// Nobody was added for so long.
    case timeout
    /// The coordinator was emptied.
    case reset
    /// The coordinator was ended.
    case stop
}

/// A user who was added to a coordinator, with what it brought along.
public struct CoordinatorMember<Value: Sendable>: Sendable {
    /// The user.
    public let user: User
    /// What the user brought along.
    public let value: Value
}

/// What is done with a batch of users, on the loop's thread, after the last of them was added.
///
/// One that throws is counted and reported, and hurts nobody else. One that has to wait for something sends a
/// message to a user instead.
public struct CoordinatorAction<Value: Sendable>: Sendable {
    /// A user with what it brought along.
    public typealias Member = CoordinatorMember<Value>

    enum Body: Sendable {
        case event(@Sendable (CoordinatorEvent, Int) throws -> Void)
        case batch(@Sendable (CoordinatorEvent, [Member]) throws -> Void)
        case pair(@Sendable (CoordinatorEvent, Member, Member) throws -> Void)
    }

    let body: Body

    /// Called once for each batch, with the number of its users; on a timeout, a reset and a stop also with 0.
    public static func event(
        _ body: @escaping @Sendable (CoordinatorEvent, Int) throws -> Void
    ) -> Self {
        Self(body: .event(body))
    }

    /// Called once for each batch of at least one user, with all of them in the order of their arrival.
    public static func batch(
        _ body: @escaping @Sendable (CoordinatorEvent, [Member]) throws -> Void
    ) -> Self {
        Self(body: .batch(body))
    }

    /// Called for each two users of a batch, once, the earlier one first; a user alone pairs with nobody.
    public static func pair(
        _ body: @escaping @Sendable (CoordinatorEvent, Member, Member) throws -> Void
    ) -> Self {
        Self(body: .pair(body))
    }
}

/// How many users make a batch, and what is done with it.
public struct CoordinatorItem<Value: Sendable>: Sendable {
    enum Size: Sendable, Hashable {
        case number(Int)
        case range(ClosedRange<Int>)
        case all
    }

    let size: Size
    let actions: [CoordinatorAction<Value>]

    /// Batches of so many users, at least 1.
    public static func each(_ number: Int, _ actions: CoordinatorAction<Value>...) -> Self {
        Self(size: .number(number), actions: actions)
    }

    /// Batches of a number of users that is drawn anew for each, both ends included.
    public static func each(
        _ range: ClosedRange<Int>,
        _ actions: CoordinatorAction<Value>...
    ) -> Self {
        Self(size: .range(range), actions: actions)
    }

    /// All users since the last timeout, reset or stop; without actions for pairs.
    public static func all(_ actions: CoordinatorAction<Value>...) -> Self {
        Self(size: .all, actions: actions)
    }

    /// What is wrong with it; empty if all is well.
    func problems(_ place: String) -> [String] {
        var problems: [String] = []
        switch size {
        case .number(let number) where number < 1:
            problems.append("\(place): a batch of \(number) users; take 1 or more")
        case .range(let range) where range.lowerBound < 1:
            problems.append(
                "\(place): a batch of \(range.lowerBound) to \(range.upperBound) users; take 1 or more"
            )
        case .all where actions.contains(where: \.isForPairs):
            problems.append("\(place): all users are not paired; name a number of users instead")
        default: break
        }
        if actions.isEmpty { problems.append("\(place): has no action") }
        return problems
    }
}

extension CoordinatorAction {
    fileprivate var isForPairs: Bool {
        if case .pair = body { true } else { false }
    }
}

/// What a coordinator cannot do.
public enum CoordinatorError: Error, Hashable, CustomStringConvertible {
    /// Its plan makes no sense.
    case plan(String, problems: [String])
    /// Nobody can be added any more.
    case stopped(String)
    /// There is one of that name already.
    case exists(String)
    /// There is none of that name.
    case unknown(String, hint: String)
    /// Its users bring something else along.
    case otherValues(String, found: String, wanted: String)

    /// The coordinator, what is wrong, and the remedy.
    public var description: String {
        switch self {
        case .plan(let name, let problems):
            problems.map { "coordinator \"\(name)\": \($0)" }.joined(separator: "\n")
        case .stopped(let name):
            "coordinator \"\(name)\" was stopped: nobody can be added"
        case .exists(let name):
            "coordinator \"\(name)\" exists; take another name, or ask for it by its name"
        case .unknown(let name, let hint):
            "no coordinator is named \"\(name)\"\(hint)"
        case .otherValues(let name, let found, let wanted):
            "coordinator \"\(name)\" takes users with \(found), not with \(wanted)"
        }
    }
}
