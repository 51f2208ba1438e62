import Testing

@testable import Scenario

@Suite("Places of a crowd")
struct CrowdPlacesTests {
    @Test("are those of a list that is looked through, also when its first are forgotten")
    func model() {
        var random = SystemRandomNumberGenerator()
        var places = CrowdPlaces()
        var model: [Int] = []
        var forgotten: [Int] = []
        var next = 1
        for step in 0..<2_000 {
            next += Int.random(in: 0..<4, using: &random) == 0 ? .random(in: 1...1_000_000) : 0
            places.append(next)
            model.append(next)
            next += 1
            if step.isMultiple(of: 37) {
                let count = Int.random(in: 0...model.count, using: &random)
                places.removeFirst(count)
                forgotten += model[..<count]
                model.removeFirst(count)
            }
            for (place, number) in model.enumerated().suffix(3) {
                #expect(places[number] == place && places.number(at: place) == number)
            }
        }
        for (place, number) in model.enumerated() {
            #expect(places[number] == place && places.number(at: place) == number)
        }
        #expect(forgotten.allSatisfy { places[$0] == nil })
        #expect(places[0] == nil && places[next] == nil)
        let known = Set(model)
        #expect(model.allSatisfy { known.contains($0 + 1) || places[$0 + 1] == nil })
    }
}
