//! What can be wrong with a picture, as codes and numbers. The page turns them into sentences.

use std::borrow::Cow;

use serde::Serialize;

use crate::error::Detail;

/// Why a picture was refused. It is always the visitor who can act: by choosing another picture.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PictureError {
    /// The file has no bytes.
    #[error("the file is empty")]
    Empty,
    /// The bytes are of no known kind, for example text with a picture's name.
    #[error("the file is no known kind of picture")]
    Unrecognised,
    /// The file ends before its picture does.
    #[error("the {format} file is cut short")]
    Truncated {
        /// Short lower-case name of the format.
        format: &'static str,
    },
    /// The file contradicts itself: a wrong checksum, impossible sizes, codes that mean nothing.
    #[error("the {format} file is damaged")]
    Damaged {
        /// Short lower-case name of the format.
        format: &'static str,
    },
    /// More pixels than the limits allow, judged from the header.
    #[error("{megapixels:.1} megapixels, over the limit of {limit:.1}")]
    TooLarge {
        /// What the header claims, in millions of pixels.
        megapixels: f64,
        /// What is allowed for this kind of picture, in millions of pixels.
        limit: f64,
    },
    /// A vector picture: it has no pixels to work on.
    #[error("SVG has no pixels")]
    Svg,
    /// A sample depth that is not read (8 and 16 bits are; 1, 2 and 4 in PNG, 1 in TIFF).
    #[error("{format} with {bits} bits per sample")]
    Depth {
        /// Short lower-case name of the format.
        format: &'static str,
        /// Bits per sample, as the file says.
        bits: u32,
    },
    /// A known format, or a feature of a known format, that is not read.
    #[error("{format} is not supported")]
    Unsupported {
        /// Short lower-case name of the format.
        format: &'static str,
    },
    /// A format left to the browser's own decoder.
    #[error("{format} needs the browser's decoder")]
    NeedsBrowser {
        /// `avif`, `heic` or `jxl`.
        format: &'static str,
    },
    /// The browser could not decode it either.
    #[error("the browser cannot decode {format}")]
    UndecodableHere {
        /// `avif`, `heic` or `jxl`.
        format: &'static str,
    },
    /// Too narrow to work on once it has been resized.
    #[error("{width}×{height} is too thin")]
    TooThin {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
}

impl PictureError {
    /// The stable code that the page translates.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "picture-empty",
            Self::Unrecognised => "picture-unrecognised",
            Self::Truncated { .. } => "picture-truncated",
            Self::Damaged { .. } => "picture-damaged",
            Self::TooLarge { .. } => "picture-too-large",
            Self::Svg => "picture-svg",
            Self::Depth { .. } => "picture-depth",
            Self::Unsupported { .. } => "picture-unsupported",
            Self::NeedsBrowser { .. } => "picture-needs-browser",
            Self::UndecodableHere { .. } => "picture-undecodable-here",
            Self::TooThin { .. } => "picture-too-thin",
        }
    }

    /// The numbers and words that the sentence for [`Self::code`] needs, by name.
    #[must_use]
    pub fn details(&self) -> Vec<(&'static str, Detail)> {
        match *self {
            Self::Empty | Self::Unrecognised | Self::Svg => Vec::new(),
            Self::Truncated { format }
            | Self::Damaged { format }
            | Self::Unsupported { format }
            | Self::NeedsBrowser { format }
            | Self::UndecodableHere { format } => vec![("format", Detail::Text(Cow::Borrowed(format)))],
            Self::TooLarge { megapixels, limit } => {
                vec![("megapixels", Detail::Number(megapixels)), ("limit", Detail::Number(limit))]
            }
            Self::Depth { format, bits } => {
                vec![("format", Detail::Text(Cow::Borrowed(format))), ("bits", Detail::Number(bits.into()))]
            }
            Self::TooThin { width, height } => {
                vec![("width", Detail::Number(width.into())), ("height", Detail::Number(height.into()))]
            }
        }
    }
}

/// Pixels that do not make a picture: a mistake of ours, never of the visitor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PixelError {
    /// The buffer does not have the length that the sides ask for, or a side is 0.
    #[error("{width}×{height} needs another buffer than one of {found} values")]
    Shape {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// Values in the buffer.
        found: usize,
    },
    /// A value is NaN or infinite.
    #[error("a value is not finite")]
    NotFinite,
    /// The encoder refused the picture.
    #[error("could not encode: {0}")]
    Encode(String),
}

impl PixelError {
    /// The stable code: `not-finite` or `internal`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFinite => "not-finite",
            Self::Shape { .. } | Self::Encode(_) => "internal",
        }
    }
}

/// Something that was changed while decoding and that the visitor may like to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Note {
    /// An animation: only its first frame is used.
    AnimationFirstFrame,
    /// The colours were converted to sRGB from the file's own profile.
    ColorProfileConverted,
    /// The file's colour profile is damaged or does not fit the picture; its colours were taken for sRGB.
    ColorProfileIgnored,
    /// 16 bits per sample were rounded to 8.
    DepthReduced,
}

impl Note {
    /// The stable code that the page translates.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::AnimationFirstFrame => "animation-first-frame",
            Self::ColorProfileConverted => "color-profile-converted",
            Self::ColorProfileIgnored => "color-profile-ignored",
            Self::DepthReduced => "depth-reduced",
        }
    }
}
