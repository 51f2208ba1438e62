internal import JSON

/// What a change of a setting does while the scenario runs.
public enum SettingUpdate<Value: Sendable>: Sendable {
    /// It is refused.
    case readOnly
    /// The new value holds from then on.
    case free
    /// This is called with the old and the new value, on the loop's thread; what it throws undoes the change.
    case call(@Sendable (Value, Value) throws -> Void)
}

/// A text that is no value of a setting.
public struct SettingProblem: Error, Hashable, CustomStringConvertible {
    /// What a value must be, such as `a whole number from 1 to 10`.
    public let description: String

    /// Makes the problem; `expected` ends the sentence "it must be …".
    public init(expected: String) { description = expected }
}

/// Something that a scenario declares as changeable from outside, with its type.
public struct Setting<Value: Sendable & Equatable>: Sendable {
    /// Letters and digits, the first a small letter, such as `messageRate`.
    public let name: String

    let help: String
    let standard: String
    /// What a value is, in words.
    let kind: String
    let schema: JSON
    let update: SettingUpdate<Value>
    let read: @Sendable (String) throws -> Value

    /// Declares a setting whose values a function reads and checks.
    ///
    /// - Parameters:
    ///   - name: Letters and digits, the first a small letter.
    ///   - standard: The value unless another is given, as a text, which is read and checked too.
    ///   - kind: What a value is, in words, such as `a date`.
    ///   - update: What a change does while the scenario runs.
    ///   - help: A sentence.
    ///   - read: Makes the value of a text, or throws ``SettingProblem``.
    public init(
        _ name: String,
        default standard: String,
        kind: String,
        update: SettingUpdate<Value> = .readOnly,
        _ help: String,
        reading read: @escaping @Sendable (String) throws -> Value
    ) {
        self.init(name, standard, kind, ["type": .string("string")], update, help, read)
    }

    init(
        _ name: String,
        _ standard: String,
        _ kind: String,
        _ schema: JSON,
        _ update: SettingUpdate<Value>,
        _ help: String,
        _ read: @escaping @Sendable (String) throws -> Value
    ) {
        self.name = name
        self.standard = standard
        self.kind = kind
        self.schema = schema
        self.update = update
        self.help = help
        self.read = read
    }
}

/// A setting of any type, as a scenario lists it.
public protocol DeclaredSetting: Sendable {
    /// The name, by which it is given.
    var name: String { get }
    /// The same without its type.
    var declaration: SettingDeclaration { get }
}

/// A setting without its type.
public struct SettingDeclaration: Sendable {
    let name: String
    let help: String
    let standard: String
    let kind: String
    let schema: JSON
    let isReadOnly: Bool
    let read: @Sendable (String) throws -> any Sendable
    let isSame: @Sendable (any Sendable, any Sendable) -> Bool
    let call: @Sendable (_ old: any Sendable, _ new: any Sendable) throws -> Void

    /// The variable of the environment that gives it: `SCENARIO_MESSAGE_RATE` of `messageRate`.
    var variable: String {
        "SCENARIO_" + name.map { ($0.isUppercase ? "_" : "") + $0.uppercased() }.joined()
    }
}

extension Setting: DeclaredSetting {
    /// The same without its type.
    public var declaration: SettingDeclaration {
        let (read, update) = (read, update)
        let isReadOnly = if case .readOnly = update { true } else { false }
        return SettingDeclaration(
            name: name,
            help: help,
            standard: standard,
            kind: kind,
            schema: schema,
            isReadOnly: isReadOnly,
            read: { try read($0) },
            isSame: { ($0 as? Value) == ($1 as? Value) },
            call: { old, new in
                guard case .call(let body) = update, let old = old as? Value,
                    let new = new as? Value
                else { return }
                try body(old, new)
            }
        )
    }
}
