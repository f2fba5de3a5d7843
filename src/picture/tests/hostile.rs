//! Files cut anywhere and files with flipped bits: any answer will do, but there must be one.

use super::super::{Limits, decode, inspect};
use super::files::{self, Random};

/// Small enough that no mutated header makes a test slow.
const LIMITS: Limits = Limits { megapixels: 0.05, max_bytes: 4 << 20 };

#[test]
fn cut_at_every_length() {
    for (name, file) in files::one_of_each() {
        // Long files are cut at about a thousand places.
        for length in (0..file.len()).step_by(1 + file.len() / 1000) {
            let cut = &file[..length];
            let _ = inspect(cut);
            let result = decode(cut, &LIMITS);
            let may_not_pass = matches!(name, "jpeg" | "progressive" | "cmyk" | "jpeg in tiff") || length < file.len() * 3 / 4;
            if may_not_pass && name != "gif" && name != "animated webp" {
                assert!(result.is_err(), "{name} cut to {length} of {} passed", file.len());
            }
        }
    }
}

#[test]
fn flipped_bytes() {
    for (name, file) in files::one_of_each() {
        let mut random = Random(1);
        for _ in 0..500 {
            let mut damaged = file.clone();
            for _ in 0..=random.below(4) {
                // Half of the hits in the first bytes, where the headers are.
                let range = if random.below(2) == 0 { damaged.len().min(128) } else { damaged.len() };
                let at = random.below(range);
                damaged[at] = random.below(256).to_le_bytes()[0];
            }
            let _ = inspect(&damaged);
            if let Ok(decoded) = decode(&damaged, &LIMITS) {
                assert!(decoded.picture.width() > 0, "{name}");
            }
        }
    }
}

/// What a chunk says of its length is asked for before it is read: in wasm, more than there is.
#[test]
fn chunks_and_frames_that_claim_more_than_there_is() {
    use image::ExtendedColorType as Kind;
    let mut webp = files::webp(4, 4, &[60; 48], Kind::Rgb8);
    webp.extend_from_slice(b"EXIF\0\0\0\x80");
    let length = u32::try_from(webp.len() - 8).unwrap();
    webp[4..8].copy_from_slice(&length.to_le_bytes());
    assert_eq!(decode(&webp, &LIMITS).unwrap_err().code(), "picture-damaged");
    // Behind the file's end it is not looked at, and in a frame it is.
    webp[4..8].copy_from_slice(&(length - 8).to_le_bytes());
    assert!(decode(&webp, &LIMITS).is_ok());
    let mut animated = files::ANIMATED_WEBP.to_vec();
    let frame = animated.windows(4).position(|four| four == b"ANMF").unwrap();
    animated[frame + 24..frame + 32].copy_from_slice(b"EXIF\0\0\0\x80");
    assert_eq!(decode(&animated, &Limits::default()).unwrap_err().code(), "picture-damaged");
    // A header that claims all that it can.
    let _ = inspect(&files::raw_png(u32::MAX, u32::MAX, [8, 2, 0, 0, 0], &[], &[]));
    // A frame need not be as large as the screen.
    let mut gif = files::gif(4, 4, &[[255, 0, 0, 255]]);
    let frame = gif.iter().position(|&byte| byte == 0x2c).unwrap();
    gif[frame + 5..frame + 9].copy_from_slice(&[0xff; 4]);
    assert_eq!(decode(&gif, &Limits::default()).unwrap_err().code(), "picture-too-large");
}

#[test]
fn flipped_bytes_in_profiles() {
    use image::ExtendedColorType as Kind;
    let jpeg = files::jpeg(8, 8, &[60; 192], Kind::Rgb8);
    let grey = files::jpeg(8, 8, &[60; 64], Kind::L8);
    for (profile, picture) in [
        (moxcms::ColorProfile::new_display_p3(), &jpeg),
        (moxcms::ColorProfile::new_srgb(), &jpeg),
        (moxcms::ColorProfile::new_gray_with_gamma(1.8), &grey),
    ] {
        let icc = profile.encode().unwrap();
        let mut random = Random(3);
        for _ in 0..60 {
            let mut damaged = icc.clone();
            for _ in 0..=random.below(3) {
                let at = random.below(damaged.len());
                damaged[at] = random.below(256).to_le_bytes()[0];
            }
            assert!(decode(&files::with_icc(picture, &damaged), &LIMITS).is_ok());
        }
    }
}

#[test]
fn jpegs_that_show_one_size_and_have_another() {
    let honest = files::jpeg(40, 30, &files::noise(40 * 30 * 3), image::ExtendedColorType::Rgb8);
    let frame = honest.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    let mut huge = honest.clone();
    huge[frame + 5..frame + 9].copy_from_slice(&[0xff; 4]);
    let code = |file: &[u8]| decode(file, &Limits::default()).map_err(|error| error.code()).map(|decoded| decoded.picture.width());
    assert_eq!(code(&huge), Err("picture-too-large"));
    // Within a segment that begins with a restart marker, which has no length elsewhere.
    let decoy = &honest[frame..frame + 2 + usize::from(u16::from_be_bytes([honest[frame + 2], honest[frame + 3]]))];
    let length = u16::try_from(2 + decoy.len()).unwrap().to_be_bytes();
    let hidden = [&huge[..2], &[0xff, 0xd0], &length, decoy, &huge[2..]].concat();
    assert!(code(&hidden).is_err());

    assert_eq!(code(&files::jpeg_tiff(40, 30, &[&honest])), Ok(40));
    assert_eq!(code(&files::jpeg_tiff(40, 30, &[&honest, &honest])), Ok(40));
    for strip in [&huge, &hidden] {
        assert!(code(&files::jpeg_tiff(40, 30, &[&honest, strip])).is_err());
    }
    assert_eq!(code(&files::jpeg_tiff(16, 10, &[&honest])), Err("picture-damaged"), "larger than its place");
    assert_eq!(code(&files::jpeg_tiff(40, 30, &[&honest, &honest[..honest.len() / 2]])), Err("picture-truncated"));
}
