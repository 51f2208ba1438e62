private import Glibc

/// The C library's functions under names that say what they are; it stays out of all signatures.
extension Double {
    /// The natural logarithm.
    package var logarithm: Double { log(self) }
    /// e to the power of this number.
    package var exponential: Double { exp(self) }
    /// The cosine of an angle in radians.
    var cosine: Double { cos(self) }
    /// This number to a power.
    func power(_ exponent: Double) -> Double { pow(self, exponent) }
    /// 1 − erf, precise in the tail.
    var complementaryError: Double { erfc(self) }
    /// ln |Γ(x)|.
    var logarithmOfGamma: Double {
        var sign: Int32 = 0
        return lgamma_r(self, &sign)
    }
}
