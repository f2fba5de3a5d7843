//! Any colours to 8-bit sRGB: ICC profiles, grey, ink, 16 bits.

use std::sync::Arc;

use moxcms::{CmsError, ColorProfile, DataColorSpace, TransformExecutor, TransformOptions};

use super::decode::{Layout, Raw};
use super::error::Note;

/// Pixels converted at a time: small enough to stay in the cache.
const CHUNK: usize = 4096;
/// A profile that moves no colour further than this (of 255) is sRGB by another name.
const SAME: u8 = 2;

type Transform<T> = Arc<dyn TransformExecutor<T> + Send + Sync>;

/// Interleaved sRGB, alpha if the layout has it, and what happened to the profile.
pub(super) fn to_srgb(raw: Raw) -> (Vec<u8>, Option<Vec<u8>>, Option<Note>) {
    let (profile, mut note) = match raw.icc.as_deref().map(|icc| usable(icc, raw.layout)) {
        None | Some(Ok(None)) => (None, None),
        Some(Ok(Some(profile))) => (Some(profile), Some(Note::ColorProfileConverted)),
        Some(Err(Unusable)) => (None, Some(Note::ColorProfileIgnored)),
    };
    if profile.is_none() && raw.layout == Layout::Rgb && !raw.sixteen {
        return (raw.samples, None, note);
    }
    let converted =
        profile.and_then(|profile| if raw.sixteen { convert::<u16>(&raw, Some(&profile)) } else { convert::<u8>(&raw, Some(&profile)) });
    if converted.is_none() && note == Some(Note::ColorProfileConverted) {
        note = Some(Note::ColorProfileIgnored);
    }
    let plain = || if raw.sixteen { convert::<u16>(&raw, None) } else { convert::<u8>(&raw, None) };
    let (rgb, alpha) = converted.or_else(plain).unwrap_or_default();
    (rgb, alpha, note)
}

/// The profile is damaged or is for another kind of picture.
struct Unusable;

/// A profile to convert from; `None` if it is sRGB.
fn usable(icc: &[u8], layout: Layout) -> Result<Option<ColorProfile>, Unusable> {
    let profile = ColorProfile::new_from_slice(icc).map_err(|_| Unusable)?;
    let fits = match profile.color_space {
        DataColorSpace::Gray => matches!(layout, Layout::Grey | Layout::GreyAlpha),
        // Grey pictures often carry the RGB profile of the program that made them.
        DataColorSpace::Rgb => layout != Layout::Cmyk,
        DataColorSpace::Cmyk => layout == Layout::Cmyk,
        _ => false,
    };
    if !fits {
        return Err(Unusable);
    }
    let same = match profile.color_space {
        DataColorSpace::Cmyk => false,
        DataColorSpace::Gray => is_identity(&profile, moxcms::Layout::Gray, (0..=255).map(|v| ([v, v, v], vec![v])))?,
        _ => {
            let steps = || (0_u8..=255).step_by(15);
            let grid = steps().flat_map(|r| steps().flat_map(move |g| steps().map(move |b| [r, g, b])));
            is_identity(&profile, moxcms::Layout::Rgb, grid.map(|colour| (colour, colour.to_vec())))?
        }
    };
    Ok((!same).then_some(profile))
}

/// Whether the profile turns every sample into (nearly) the sRGB colour given with it.
fn is_identity(
    profile: &ColorProfile,
    layout: moxcms::Layout,
    samples: impl Iterator<Item = ([u8; 3], Vec<u8>)>,
) -> Result<bool, Unusable> {
    let transform = u8::transform(profile, layout, moxcms::Layout::Rgb).map_err(|_| Unusable)?;
    let (colours, sources): (Vec<[u8; 3]>, Vec<Vec<u8>>) = samples.unzip();
    let mut found = vec![0; colours.len() * 3];
    transform.transform(&sources.concat(), &mut found).map_err(|_| Unusable)?;
    Ok(found.iter().zip(colours.as_flattened()).all(|(&a, &b)| a.abs_diff(b) <= SAME))
}

/// Converts chunk by chunk. `None` if the profile turns out not to work, or the samples are too few.
fn convert<T: Sample>(raw: &Raw, profile: Option<&ColorProfile>) -> Option<(Vec<u8>, Option<Vec<u8>>)> {
    let has_alpha = matches!(raw.layout, Layout::GreyAlpha | Layout::Rgba);
    let grey = matches!(raw.layout, Layout::Grey | Layout::GreyAlpha);
    // Without a grey profile, grey becomes RGB before anything else.
    let spread = grey && profile.is_none_or(|profile| profile.color_space != DataColorSpace::Gray);
    let target = if has_alpha { moxcms::Layout::Rgba } else { moxcms::Layout::Rgb };
    let source = match (raw.layout, spread) {
        (Layout::Grey, false) => moxcms::Layout::Gray,
        (Layout::GreyAlpha, false) => moxcms::Layout::GrayAlpha,
        // moxcms calls any four channels so.
        (Layout::Cmyk, _) => moxcms::Layout::Rgba,
        _ => target,
    };
    let transform = match profile {
        Some(profile) => Some(T::transform(profile, source, target).ok()?),
        None => None,
    };
    let channels = target.channels();
    let pixels = usize::try_from(u64::from(raw.width) * u64::from(raw.height)).ok()?;
    let mut rgb = Vec::with_capacity(pixels.checked_mul(3)?);
    let mut alpha = has_alpha.then(|| Vec::with_capacity(pixels));
    let (mut values, mut wide, mut result) = (Vec::new(), Vec::new(), Vec::new());
    for bytes in raw.samples.chunks(CHUNK * raw.layout.channels() * size_of::<T>()) {
        values.clear();
        T::read(bytes, &mut values);
        if spread {
            wide.clear();
            spread_grey(&values, has_alpha, &mut wide);
            std::mem::swap(&mut values, &mut wide);
        }
        if let Some(transform) = &transform {
            result.clear();
            result.resize(values.len() / source.channels() * channels, T::default());
            transform.transform(&values, &mut result).ok()?;
            std::mem::swap(&mut values, &mut result);
        } else if raw.layout == Layout::Cmyk {
            rgb.extend(values.as_chunks::<4>().0.iter().flat_map(|ink| ink_to_rgb(ink.map(T::to_byte))));
            continue;
        }
        if let Some(alpha) = &mut alpha {
            for pixel in values.as_chunks::<4>().0 {
                let [r, g, b, a] = pixel.map(T::to_byte);
                rgb.extend_from_slice(&[r, g, b]);
                alpha.push(a);
            }
        } else {
            rgb.extend(values.iter().map(|value| value.to_byte()));
        }
    }
    (rgb.len() == pixels * 3).then_some((rgb, alpha))
}

fn spread_grey<T: Sample>(values: &[T], has_alpha: bool, wide: &mut Vec<T>) {
    if has_alpha {
        wide.extend(values.as_chunks::<2>().0.iter().flat_map(|&[grey, alpha]| [grey, grey, grey, alpha]));
    } else {
        wide.extend(values.iter().flat_map(|&grey| [grey; 3]));
    }
}

/// Ink without a profile: each ink takes its share of the light, as browsers have it.
fn ink_to_rgb([cyan, magenta, yellow, black]: [u8; 4]) -> [u8; 3] {
    let left = |ink: u8| (255 - u32::from(ink)) * (255 - u32::from(black));
    [cyan, magenta, yellow].map(|ink| u8::try_from((left(ink) + 127) / 255).unwrap_or(u8::MAX))
}

/// A sample of 8 or 16 bits.
trait Sample: Copy + Default {
    fn read(bytes: &[u8], values: &mut Vec<Self>);
    fn to_byte(self) -> u8;
    fn transform(from: &ColorProfile, source: moxcms::Layout, target: moxcms::Layout) -> Result<Transform<Self>, CmsError>;
}

impl Sample for u8 {
    fn read(bytes: &[u8], values: &mut Vec<Self>) {
        values.extend_from_slice(bytes);
    }

    fn to_byte(self) -> u8 {
        self
    }

    fn transform(from: &ColorProfile, source: moxcms::Layout, target: moxcms::Layout) -> Result<Transform<Self>, CmsError> {
        from.create_transform_8bit(source, &ColorProfile::new_srgb(), target, TransformOptions::default())
    }
}

impl Sample for u16 {
    fn read(bytes: &[u8], values: &mut Vec<Self>) {
        values.extend(bytes.as_chunks::<2>().0.iter().map(|&two| u16::from_ne_bytes(two)));
    }

    /// The nearest of 256 steps: 65535 is 255 × 257.
    fn to_byte(self) -> u8 {
        u8::try_from((u32::from(self) + 128) / 257).unwrap_or(u8::MAX)
    }

    fn transform(from: &ColorProfile, source: moxcms::Layout, target: moxcms::Layout) -> Result<Transform<Self>, CmsError> {
        from.create_transform_16bit(source, &ColorProfile::new_srgb(), target, TransformOptions::default())
    }
}
