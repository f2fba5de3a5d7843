//! The list of pictures: names, titles, sizes, and what draws each.

use crate::publish::Error;
use crate::tools::canvas::Canvas;
use crate::{contents, styles};

/// A picture that can be drawn.
pub struct Picture {
    /// Its name in files and in the page.
    pub id: &'static str,
    /// English title.
    pub en: &'static str,
    /// Chinese title.
    pub zh: &'static str,
    /// Design units (and pixels) across.
    pub width: u32,
    /// Design units (and pixels) down.
    pub height: u32,
    /// Draws it on a canvas of that size.
    pub draw: fn(&mut Canvas),
}

const fn picture(id: &'static str, en: &'static str, zh: &'static str, (width, height): (u32, u32), draw: fn(&mut Canvas)) -> Picture {
    Picture { id, en, zh, width, height, draw }
}

/// Pictures to paint over.
pub const CONTENTS: &[Picture] = &[
    picture("lake", "Lakeside town", "湖畔小镇", (768, 576), contents::lake::draw),
    picture("fruit", "Jug and fruit", "水罐与水果", (768, 576), contents::fruit::draw),
    picture("street", "Old street", "老街", (576, 768), contents::street::draw),
    picture("pines", "Pines in fog", "雾中松林", (768, 512), contents::pines::draw),
];

/// Pictures to paint like.
pub const STYLES: &[Picture] = &[
    picture("impasto", "Swirling oils", "漩涡油彩", (640, 640), styles::impasto::draw),
    picture("waves", "Printed waves", "浪花版画", (640, 640), styles::waves::draw),
    picture("ink", "Ink and mist", "水墨", (640, 640), styles::ink::draw),
    picture("glass", "Stained glass", "彩色玻璃", (640, 640), styles::glass::draw),
    picture("shards", "Cubist shards", "立体碎片", (640, 640), styles::shards::draw),
    picture("linocut", "Linocut sun", "麻胶版画", (640, 640), styles::linocut::draw),
    picture("marble", "Marbled paper", "大理石纹纸", (640, 640), styles::marble::draw),
    // Last, as it is all dots: optimising paints by them, a generator of any style makes confetti of a photo.
    picture("dots", "Points of light", "点彩", (640, 640), styles::dots::draw),
];

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Picture> {
    CONTENTS.iter().chain(STYLES)
}

/// Those of these names, or all where none is given.
///
/// # Errors
/// With a name that is no picture's.
pub fn named(names: &[String]) -> Result<Vec<&'static Picture>, Error> {
    if let Some(unknown) = names.iter().find(|name| !all().any(|p| p.id == **name)) {
        return Err(Error::Unknown(unknown.clone()));
    }
    Ok(all().filter(|p| names.is_empty() || names.iter().any(|name| name == p.id)).collect())
}
