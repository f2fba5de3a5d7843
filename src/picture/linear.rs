//! Between sRGB bytes and linear light, where averaging pixels keeps their brightness.

use std::sync::LazyLock;

/// Steps of the table from light to bytes: near black one step is a fifth of a byte, so rounding stays exact.
const STEPS: u16 = 16384;

static TO_LIGHT: LazyLock<[f32; 256]> = LazyLock::new(|| {
    let mut table = [0.0; 256];
    for (byte, light) in (0_u8..=255).zip(&mut table) {
        let value = f32::from(byte) / 255.0;
        *light = if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) };
    }
    table
});

static TO_BYTE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let encode = |light: f32| if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
    (0..=STEPS).map(|step| super::pixels::to_byte(encode(f32::from(step) / f32::from(STEPS)))).collect()
});

/// The two tables, looked up once per picture instead of once per pixel.
#[derive(Clone, Copy)]
pub(super) struct Light {
    to_light: &'static [f32; 256],
    to_byte: &'static [u8],
}

impl Light {
    pub(super) fn tables() -> Self {
        Self { to_light: &TO_LIGHT, to_byte: &TO_BYTE }
    }

    /// Linear light, 0…1, of an sRGB byte.
    #[inline]
    pub(super) fn of(self, byte: u8) -> f32 {
        self.to_light[usize::from(byte)]
    }

    /// The nearest sRGB byte; light outside 0…1 is clamped.
    #[inline]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0…STEPS first")]
    pub(super) fn encode(self, light: f32) -> u8 {
        let step = (light.clamp(0.0, 1.0) * f32::from(STEPS) + 0.5) as usize;
        self.to_byte.get(step).copied().unwrap_or(u8::MAX)
    }
}
