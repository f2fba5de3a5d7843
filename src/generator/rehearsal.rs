//! A painting that nobody sees. A GPU's driver compiles a program when it is first run, which takes longer than running it: so all that a painting needs
//! are run once while the models are still on their way, and the visitor's first picture comes as fast as the second.

use burn::tensor::Device;

use super::{Painter, Settings, Weights};
use crate::error::Error;
use crate::picture::Picture;
use crate::vgg::{Architecture as VggArchitecture, Vgg, Weights as VggWeights};

/// Describes and paints a square of `side` pixels on `device`, with networks that have learnt nothing.
///
/// How a kernel cuts its work depends on how much there is, so `side` should be that of the paintings to come.
///
/// # Errors
/// A device that fails.
pub async fn rehearse(device: &Device, side: u32) -> Result<(), Error> {
    let vgg = VggWeights::untrained(VggArchitecture::lite(), 0);
    let painter = Painter::new(&Weights::untrained(&vgg.architecture, 0), device);
    let picture = Picture::new(side, side, vec![128; 3 * (side * side) as usize], None)?;
    let style = painter.describe(&Vgg::new(&vgg, device), &picture, side).await?;
    let mut painting = painter.paint(&picture, &Settings { size: side, ..Settings::default() })?;
    painting.begin(&style);
    while painting.next().await?.is_some() {}
    Ok(())
}
