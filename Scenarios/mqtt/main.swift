// mqtt: users meet in pairs and publish to each other through a broker of MQTT 3.1.1, at one rate for all of them.
// First: mosquitto -p 1883. Then: swift run mqtt --users 2000 --user-rate 200/s --for 60s

import Foundation
import Scenario

enum Given {
    static let broker = Setting("broker", default: "127.0.0.1:1883", "where the broker listens")
    static let authorities = Setting(
        "authorities",
        default: "",
        "for TLS: the file with the certificates of those who vouch for the broker"
    )
    static let login = Setting("login", default: "", "the user's name, for a broker that asks")
    // In a file, as the values of settings are kept with the trial.
    static let passwordFile = Setting("passwordFile", default: "", "the file with the password")
    static let quality = Setting("quality", default: 0, in: 0...1, "quality of service")
    static let messageRate = Setting(
        "messageRate",
        default: 6_000,
        in: 0...60_000_000,
        update: .free,
        "messages a minute, of all users together"
    )
    static let messageSize = Setting("messageSize", default: 64, in: 20...60_000, "in bytes")
    static let keepAlive = Setting(
        "keepAlive",
        default: 60,
        in: 2...3_600,
        "seconds of silence after which the broker gives a user up"
    )
    static let all: [any DeclaredSetting] = [
        broker, authorities, login, passwordFile, quality, messageRate, messageSize, keepAlive,
    ]
}

Scenario(
    "mqtt",
    summary: "Users meet in pairs and publish to each other through an MQTT broker.",
    settings: Given.all
) { agent in
    let file = try agent.value(Given.passwordFile)
    // Whatever the reason, the remedy is the same.
    guard let password = file.isEmpty ? "" : try? String(contentsOfFile: file, encoding: .utf8)
    else { throw SessionError(file, "cannot be read; the setting passwordFile names it") }
    return try Talk(agent, password: password.trimmingCharacters(in: .newlines))
} user: { user, talk in
    try await talk.take(part: user)
}
.run()
