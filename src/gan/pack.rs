//! Examples as one file: prepared once, they are read in a moment, and can be carried to the machine that trains.

use safetensors::{Dtype, SafeTensorError};

use super::Examples;
use crate::catalog::ModelError;
use crate::picture::Picture;
use crate::tensor_file::{Format, Reader, Writer};

/// Says what the file is.
const FORMAT: Format = Format { name: "atelier-examples", version: 1 };

impl Examples {
    /// Writes the prepared pictures, as bytes of red, green and blue.
    ///
    /// # Errors
    /// What `safetensors` says: not to be expected.
    pub fn write(&self) -> Result<Vec<u8>, SafeTensorError> {
        let contents = self.contents.iter().enumerate().flat_map(|(index, [small, large])| {
            [(format!("content.{index:06}.small"), small), (format!("content.{index:06}.large"), large)]
        });
        let styles = self.styles.iter().enumerate().map(|(index, style)| (format!("style.{index:06}"), style));
        let mut file = Writer::new(FORMAT);
        file.describe("patch", &self.patch)?;
        file.describe("style_side", &self.style_side)?;
        for (name, picture) in contents.chain(styles) {
            file.bytes(name, Dtype::U8, &[picture.height() as usize, picture.width() as usize, 3], picture.rgb());
        }
        file.finish()
    }

    /// Reads what [`write`](Self::write) wrote. `file` names it in errors.
    ///
    /// # Errors
    /// [`ModelError::OtherVersion`] for another version's, [`ModelError::Damaged`] for anything else.
    pub fn read(bytes: &[u8], file: &str) -> Result<Self, ModelError> {
        Reader::parse(bytes, FORMAT, file, parsed)
    }
}

/// Every `None` means "this file is not what it should be".
fn parsed(file: &Reader<'_>) -> Option<Examples> {
    let (patch, style_side) = (file.described("patch")?, file.described("style_side")?);
    let mut examples = Examples { contents: Vec::new(), styles: Vec::new(), patch, style_side };
    let picture = |name: &str| {
        let (_, shape) = file.kind(name)?;
        let [height, width, 3] = *shape else { return None };
        let rgb = file.bytes(name, Dtype::U8, &shape)?;
        let (width, height) = (u32::try_from(width).ok()?, u32::try_from(height).ok()?);
        let picture = Picture::new(width, height, rgb.to_vec(), None).ok()?;
        (width.min(height) >= patch).then_some(picture)
    };
    for name in file.names() {
        if let Some(index) = name.strip_suffix(".small") {
            examples.contents.push([picture(name)?, picture(&format!("{index}.large"))?]);
        } else if name.starts_with("style.") {
            examples.styles.push(picture(name)?);
        }
    }
    Some(examples)
}

#[cfg(test)]
mod tests {
    use super::super::Settings;
    use super::*;

    #[test]
    fn what_was_packed_is_unpacked_and_a_part_of_it_is_refused() {
        let picture =
            |value: u8| Picture::new(70, 40, (0..8400_u32).map(|i| value.wrapping_add(u8::try_from(i % 251).unwrap())).collect(), None);
        let mut examples = Examples::new(&Settings { patch: 32, style_side: 40, ..Settings::default() });
        (0..12).for_each(|value| examples.add_content(&picture(value).unwrap()).unwrap());
        (0..3).for_each(|value| examples.add_style(&picture(90 + value).unwrap()).unwrap());
        let file = examples.write().unwrap();
        let read = Examples::read(&file, "pack").unwrap();
        assert_eq!((read.contents, read.styles), (examples.contents, examples.styles));
        for length in (0..file.len()).step_by(file.len() / 30) {
            assert!(Examples::read(&file[..length], "pack").is_err());
        }
    }
}
