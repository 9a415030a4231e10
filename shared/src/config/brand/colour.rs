//! A brand's colour, and shades of it that can be read.
//!
//! Contrast is that of WCAG 2.2: the ratio of relative luminances. Text has at least 4.5 (success criterion 1.4.3, level AA).

use std::fmt;

/// Text against what it stands on.
const READABLE: f64 = 4.5;
/// In how many steps a shade goes to black or white.
const STEPS: u8 = 50;

/// A colour of sRGB. Its text is `#rrggbb`, in small letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour([u8; 3]);

/// One colour in the shades that a page needs, on ground of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    /// What a button is filled with.
    pub fill: Colour,
    /// The same under the pointer.
    pub fill_strong: Colour,
    /// Text on either of them.
    pub on_fill: Colour,
    /// Links and names, as text on the ground.
    pub text: Colour,
    /// The same under the pointer.
    pub text_strong: Colour,
}

impl Colour {
    /// The colour where none is set.
    pub const USUAL: Self = Self([0x1f, 0x5f, 0xbf]);
    const BLACK: Self = Self([0; 3]);
    const WHITE: Self = Self([0xff; 3]);
    /// The darker of the two grounds that light pages have.
    const LIGHT_GROUND: Self = Self([0xf5, 0xf6, 0xf8]);
    /// The lighter of the two grounds that dark pages have.
    const DARK_GROUND: Self = Self([0x22, 0x29, 0x32]);

    /// The colour that `#rrggbb` names, in letters of either size.
    pub fn parse(text: &str) -> Option<Self> {
        let mut colour = [0; 3];
        hex::decode_to_slice(text.strip_prefix('#')?, &mut colour).ok()?;
        Some(Self(colour))
    }

    /// The contrast with another colour, 1 to 21.
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// Relative luminance (WCAG 2.2), 0 to 1.
    fn luminance(self) -> f64 {
        let linear = self.0.map(|channel| {
            let part = f64::from(channel) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }

    /// So many of 50 steps on the way to another colour.
    fn towards(self, other: Self, steps: u8) -> Self {
        let mut mixed = self.0;
        for (channel, target) in mixed.iter_mut().zip(other.0) {
            let (from, to, part) = (i32::from(*channel), i32::from(target), i32::from(steps.min(STEPS)));
            let way = from + (to - from) * part / i32::from(STEPS);
            *channel = u8::try_from(way.clamp(0, 255)).unwrap_or_default();
        }
        Self(mixed)
    }

    /// The nearest shade on the way to `end` that can be read on `ground`.
    fn readable_on(self, ground: Self, end: Self) -> Self {
        let shades = (0..=STEPS).map(|steps| self.towards(end, steps));
        shades.into_iter().find(|shade| shade.contrast(ground) >= READABLE).unwrap_or(end)
    }

    /// White or black, whichever is read better on it; one of them always has 4.5.
    fn text_on(self) -> Self {
        if self.contrast(Self::WHITE) >= self.contrast(Self::BLACK) { Self::WHITE } else { Self::BLACK }
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "#{}", hex::encode(self.0))
    }
}

impl Palette {
    /// On light ground: buttons in the colour itself, text darkened as far as it needs.
    pub fn light(accent: Colour) -> Self {
        let text = accent.readable_on(Colour::LIGHT_GROUND, Colour::BLACK);
        Self::new(accent, text, text.towards(Colour::BLACK, STEPS / 5))
    }

    /// On dark ground: both brightened as far as text needs.
    pub fn dark(accent: Colour) -> Self {
        let text = accent.readable_on(Colour::DARK_GROUND, Colour::WHITE).towards(Colour::WHITE, STEPS / 10);
        Self::new(text, text, text.towards(Colour::WHITE, STEPS / 5))
    }

    fn new(fill: Colour, text: Colour, text_strong: Colour) -> Self {
        let on_fill = fill.text_on();
        // Away from the text on it, so that it can be read as well.
        let away = if on_fill == Colour::WHITE { Colour::BLACK } else { Colour::WHITE };
        Self { fill, fill_strong: fill.towards(away, STEPS / 5), on_fill, text, text_strong }
    }

    /// As custom properties of CSS.
    pub(super) fn properties(&self) -> String {
        let Self { fill, fill_strong, on_fill, text, text_strong } = self;
        format!(
            "  --fill: {fill};\n  --fill-strong: {fill_strong};\n  --on-fill: {on_fill};\n  --accent: {text};\n  --accent-strong: {text_strong};\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn contrast_is_that_of_the_standard() {
        assert!((Colour::BLACK.contrast(Colour::WHITE) - 21.0).abs() < 1e-9);
        let grey = Colour::parse("#767676").unwrap();
        assert!((grey.contrast(Colour::WHITE) - 4.54).abs() < 0.01);
        assert_eq!(Colour::parse("#FFCC00").unwrap().to_string(), "#ffcc00");
    }

    #[test]
    fn only_six_digits_make_a_colour() {
        for text in ["", "#", "#fff", "1f5fbf", "#1f5fb", "#1f5fbff", "#1f5fbg", " #1f5fbf"] {
            assert_eq!(Colour::parse(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn every_colour_makes_shades_that_can_be_read(colour: [u8; 3]) {
            let accent = Colour(colour);
            for (palette, grounds) in [
                (Palette::light(accent), [Colour::WHITE, Colour::LIGHT_GROUND]),
                (Palette::dark(accent), [Colour::parse("#12151a").unwrap(), Colour::DARK_GROUND]),
            ] {
                for fill in [palette.fill, palette.fill_strong] {
                    prop_assert!(palette.on_fill.contrast(fill) >= READABLE, "{accent}: {palette:?}");
                }
                for text in [palette.text, palette.text_strong] {
                    for ground in grounds {
                        prop_assert!(text.contrast(ground) >= READABLE, "{accent}: {palette:?}");
                    }
                }
            }
        }
    }
}
