//! Examples as one file: prepared once, they are read in a moment, and can be carried to the machine that trains.

use std::collections::HashMap;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError, SafeTensors};

use super::Examples;
use crate::catalog::ModelError;
use crate::picture::Picture;

/// Says what the file is.
const FORMAT: &str = "atelier-examples-1";

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
        let views = contents.chain(styles).map(|(name, picture)| {
            let shape = vec![picture.height() as usize, picture.width() as usize, 3];
            Ok((name, TensorView::new(Dtype::U8, shape, picture.rgb())?))
        });
        let metadata = HashMap::from([
            ("format".to_owned(), FORMAT.to_owned()),
            ("patch".to_owned(), self.patch.to_string()),
            ("style_side".to_owned(), self.style_side.to_string()),
        ]);
        safetensors::serialize(views.collect::<Result<Vec<_>, SafeTensorError>>()?, Some(metadata))
    }

    /// Reads what [`write`](Self::write) wrote. `file` names it in errors.
    ///
    /// # Errors
    /// [`ModelError::Damaged`] for anything else.
    pub fn read(bytes: &[u8], file: &str) -> Result<Self, ModelError> {
        parsed(bytes).ok_or_else(|| ModelError::Damaged { file: file.to_owned() })
    }
}

/// Every `None` means "this file is not what it should be".
fn parsed(bytes: &[u8]) -> Option<Examples> {
    let (_, metadata) = SafeTensors::read_metadata(bytes).ok()?;
    let metadata = metadata.metadata().as_ref()?;
    if metadata.get("format")? != FORMAT {
        return None;
    }
    let number = |name: &str| metadata.get(name)?.parse::<u32>().ok();
    let mut examples = Examples { contents: Vec::new(), styles: Vec::new(), patch: number("patch")?, style_side: number("style_side")? };
    let tensors = SafeTensors::deserialize(bytes).ok()?;
    let picture = |name: &str, least: u32| {
        let view = tensors.tensor(name).ok().filter(|view| view.dtype() == Dtype::U8)?;
        let &[height, width, 3] = view.shape() else { return None };
        let (width, height) = (u32::try_from(width).ok()?, u32::try_from(height).ok()?);
        let picture = Picture::new(width, height, view.data().to_vec(), None).ok()?;
        (width.min(height) >= least).then_some(picture)
    };
    let mut names = tensors.names();
    names.sort_unstable();
    for name in names {
        if let Some(index) = name.strip_suffix(".small") {
            examples.contents.push([picture(name, examples.patch)?, picture(&format!("{index}.large"), examples.patch)?]);
        } else if name.starts_with("style.") {
            examples.styles.push(picture(name, examples.patch)?);
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
