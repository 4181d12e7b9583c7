//! Whether this processor has the instructions that `.cargo/config.toml` lets the compiler use.

/// AVX2, BMI1 and BMI2; every processor that has these has the others, too. (`is_x86_feature_detected` would only repeat
/// what the compiler was told.)
#[cfg(target_arch = "x86_64")]
pub fn is_new_enough() -> bool {
    use std::arch::x86_64::{__cpuid, __cpuid_count};
    const AVX2_BMI1_BMI2: u32 = 1 << 5 | 1 << 3 | 1 << 8;
    __cpuid(0).eax >= 7 && __cpuid_count(7, 0).ebx & AVX2_BMI1_BMI2 == AVX2_BMI1_BMI2
}

#[cfg(not(target_arch = "x86_64"))]
pub fn is_new_enough() -> bool {
    true
}

#[cfg(test)]
mod tests {
    #[test]
    #[cfg(target_arch = "x86_64")]
    fn the_compiler_was_told() {
        // cargo has found .cargo/config.toml; FMA would change results in their last bits
        const { assert!(cfg!(target_feature = "avx2")) };
        const { assert!(!cfg!(target_feature = "fma")) };
    }
}
