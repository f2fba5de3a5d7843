//! The pictures and masks of a run, gathered one by one.

use wasm_bindgen::prelude::*;

use super::picture::WebPicture;
use crate::optimize::{Inputs, Style};
use crate::picture::Mask;

/// What a run works on. Pictures are copied in, so the caller may free its own; masks given to `addStyle` are taken over and gone
/// afterwards.
#[wasm_bindgen(js_name = Inputs)]
#[derive(Debug)]
pub struct WebInputs {
    pub(super) inputs: Inputs,
}

#[wasm_bindgen(js_class = Inputs)]
impl WebInputs {
    /// Starts with the picture whose content is kept.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(content: &WebPicture) -> WebInputs {
        Self { inputs: Inputs { content: content.picture.clone(), styles: Vec::new(), keep: None, start: None } }
    }

    /// Adds a picture whose style is taken, with its weight among the styles. Of the masks, in which white counts, `mask` says what is
    /// learnt from the style and `region` where on the content it is painted.
    #[wasm_bindgen(js_name = addStyle)]
    pub fn add_style(&mut self, picture: &WebPicture, weight: f32, mask: Option<WebPicture>, region: Option<WebPicture>) {
        let mask_of = |picture: Option<WebPicture>| picture.map(|picture| Mask::from_picture(&picture.picture));
        self.inputs.styles.push(Style { picture: picture.picture.clone(), weight, mask: mask_of(mask), region: mask_of(region) });
    }

    /// A mask of what is left alone on the content: white is.
    pub fn keep(&mut self, mask: &WebPicture) {
        self.inputs.keep = Some(Mask::from_picture(&mask.picture));
    }

    /// The picture that a run with `start: "picture"` starts from.
    #[wasm_bindgen(js_name = startFrom)]
    pub fn start_from(&mut self, picture: &WebPicture) {
        self.inputs.start = Some(picture.picture.clone());
    }
}
