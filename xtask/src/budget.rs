//! What a visitor has to fetch: measured, and held against ceilings.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use flate2::{Compression, write::GzEncoder};

use crate::page;
use crate::report;

/// Ceilings in bytes, as sent: gzip for code, plain for models (they do not compress, and few hosts try). To be set to
/// what was last measured and a little more, so that growth is noticed when it happens: the engine at 2.75 MB, most of it burn's
/// shader generation; the page at 116 kB; the networks at 2.42 MB.
const CEILINGS: [(Part, u64); 3] = [(Part::Engine, 2_850_000), (Part::Page, 130_000), (Part::Networks, 2_500_000)];

/// The networks that a visitor gets without choosing one: the first with a first painting, the second when it is optimised.
const NETWORKS: [&str; 2] = ["models/vgg-lite.safetensors", "models/vgg-lite-wide.safetensors"];

/// The parts of the site that are weighed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// The wasm, with the JavaScript that wasm-bindgen makes for it.
    Engine,
    /// HTML, CSS and JavaScript written for the page.
    Page,
    /// The page's texts, of which a visitor gets one language.
    Texts,
    Networks,
    OtherModels,
    Samples,
}

impl Part {
    const ALL: [Self; 6] = [Self::Engine, Self::Page, Self::Texts, Self::Networks, Self::OtherModels, Self::Samples];

    fn name(self) -> &'static str {
        match self {
            Self::Engine => "wasm",
            Self::Page => "page code",
            Self::Texts => "texts",
            Self::Networks => "networks",
            Self::OtherModels => "other models",
            Self::Samples => "samples",
        }
    }

    /// Which part a file of the site belongs to, by its relative path.
    fn of(name: &str) -> Option<Self> {
        Some(match page::extension(name) {
            _ if NETWORKS.contains(&name) => Self::Networks,
            _ if name.starts_with("models/") => Self::OtherModels,
            _ if name.starts_with("samples/") => Self::Samples,
            _ if name.contains("/wasm/") => Self::Engine,
            "html" | "css" | "js" => Self::Page,
            "json" => Self::Texts,
            _ => return None,
        })
    }

    fn is_sent_compressed(self) -> bool {
        matches!(self, Self::Engine | Self::Page | Self::Texts)
    }

    fn ceiling(self) -> Option<u64> {
        CEILINGS.iter().find(|(part, _)| *part == self).map(|(_, bytes)| *bytes)
    }
}

/// One part's files together.
#[derive(Clone, Copy, Debug)]
pub struct Weight {
    part: Part,
    raw: u64,
    gzip: u64,
}

impl Weight {
    fn sent(&self) -> u64 {
        if self.part.is_sent_compressed() { self.gzip } else { self.raw }
    }

    fn is_within(&self) -> bool {
        self.raw > 0 && self.part.ceiling().is_none_or(|ceiling| self.sent() <= ceiling)
    }
}

/// Weighs the site in `dist`.
pub fn weigh(dist: &Path) -> Result<Vec<Weight>> {
    let mut weights = Part::ALL.map(|part| Weight { part, raw: 0, gzip: 0 });
    for (name, path) in page::files(dist)? {
        let Some(part) = Part::of(&name) else { continue };
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        if let Some(weight) = weights.iter_mut().find(|weight| weight.part == part) {
            weight.raw += bytes.len() as u64;
            weight.gzip += gzipped(&bytes)?;
        }
    }
    Ok(weights.to_vec())
}

/// The weights as a table.
pub fn table(weights: &[Weight]) -> String {
    let heading = ["", "raw", "gzip", "ceiling"].map(str::to_owned).to_vec();
    let rows = weights.iter().map(|weight| {
        let ceiling = weight.part.ceiling().map_or_else(String::new, |ceiling| {
            let how = if weight.part.is_sent_compressed() { "gzip" } else { "raw" };
            format!("{} {how}", report::size(ceiling))
        });
        vec![weight.part.name().to_owned(), report::size(weight.raw), report::size(weight.gzip), ceiling]
    });
    report::table(&std::iter::once(heading).chain(rows).collect::<Vec<_>>())
}

/// Checks every part that has a ceiling, one line each in the manner of `cargo test`, and returns whether all passed.
pub fn check(weights: &[Weight]) -> bool {
    let mut counts = [0, 0];
    for weight in weights {
        let Some(ceiling) = weight.part.ceiling() else { continue };
        let verdict = if weight.is_within() { "ok" } else { "FAILED" };
        let sizes = format!("{} of {}", report::size(weight.sent()), report::size(ceiling));
        println!("size {} ... {verdict} ({sizes})", weight.part.name());
        counts[usize::from(!weight.is_within())] += 1;
    }
    println!("size: {} passed, {} failed", counts[0], counts[1]);
    counts[1] == 0
}

fn gzipped(bytes: &[u8]) -> Result<u64> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_fall_into_parts() {
        for (name, part) in [
            ("index.html", Some(Part::Page)),
            ("app-0123/engine.js", Some(Part::Page)),
            ("app-0123/wasm/atelier.js", Some(Part::Engine)),
            ("app-0123/wasm/atelier_bg.wasm", Some(Part::Engine)),
            ("app-0123/text/en.json", Some(Part::Texts)),
            ("models/vgg-lite-wide.safetensors", Some(Part::Networks)),
            ("models/manifest.json", Some(Part::OtherModels)),
            ("samples/harbour.jpg", Some(Part::Samples)),
            ("app-0123/icon.svg", None),
        ] {
            assert_eq!(Part::of(name), part, "{name}");
        }
    }

    #[test]
    fn code_is_held_to_its_gzip_size_and_models_to_their_own() {
        let weight = |part, raw, gzip| Weight { part, raw, gzip };
        let of = |part: Part| part.ceiling().unwrap();
        assert!(weight(Part::Page, 1_000_000, of(Part::Page)).is_within());
        assert!(!weight(Part::Page, 1_000_000, of(Part::Page) + 1).is_within());
        assert!(!weight(Part::Networks, of(Part::Networks) + 1, 10).is_within());
        assert!(weight(Part::Samples, 90_000_000, 90_000_000).is_within());
    }

    #[test]
    fn a_part_that_is_held_to_a_size_and_missing_fails() {
        let held: Vec<Part> = Part::ALL.into_iter().filter(|part| part.ceiling().is_some()).collect();
        assert!(held.contains(&Part::Engine) && held.contains(&Part::Page));
        assert!(held.into_iter().all(|part| !check(&[Weight { part, raw: 0, gzip: 0 }])));
    }

    #[test]
    fn repeated_bytes_compress() {
        assert!(gzipped(&[7; 10_000]).is_ok_and(|size| size < 100));
    }
}
