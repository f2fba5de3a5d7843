//! What is drawn for one step. It is a function of the seed and the step alone, so that a training that was cut off goes on with the very
//! patches it would have had.

use burn::tensor::Tensor;

use crate::picture::{Picture, resize};

use super::augmentation::Augmentation;
use super::examples::StyleAt;
use super::kept::Kept;
use super::{Examples, Settings, TrainingError};

/// The patches of one step.
#[derive(Debug)]
pub(super) struct Batch {
    /// `[n, 3, patch, patch]` in 0…1
    pub contents: Vec<f32>,
    /// Each picture's style.
    pub styles: Vec<Target>,
    /// Patches of those styles, as `contents`, for the discriminator; none where the two do not play.
    pub patches: Vec<f32>,
    /// For real patches and for made ones.
    pub augmentations: [Augmentation; 2],
}

/// The style that a picture is to take on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// That of this style picture.
    Style(StyleAt),
    /// The mean of all at this one of the sizes.
    Mean(usize),
    /// Its own: it is to stay as it is.
    Own,
}

/// One of so many pictures is to stay as it is.
const OWN_IN: u32 = 8;
/// One of so many pictures that take on a style of a set is told of the mean of the set, which is what the set is painted in later unless one of its styles is chosen. Told of
/// each style alone, a generator would have to guess what their mean looks like.
const MEAN_IN: u32 = 2;

impl Batch {
    /// # Errors
    /// [`TrainingError::Unreadable`] for a pack that can no longer be read.
    pub fn draw(examples: &Examples, settings: &Settings, step: u64) -> Result<Self, TrainingError> {
        let mut random = drawn_for(settings.seed, step);
        let mut batch = Self {
            contents: Vec::new(),
            styles: Vec::new(),
            patches: Vec::new(),
            augmentations: [0, 1].map(|_| Augmentation::new(&mut random, settings.batch)),
        };
        let mut contents = Turns::new(examples.contents.len(), settings.seed);
        let mut styles = Turns::new(examples.styles.len(), settings.seed ^ 0x5717);
        let any_size = |random: &mut fastrand::Rng| random.usize(0..examples.sizes.count().max(1));
        // One for the whole batch: pictures that are told of one style at one size can be compared.
        let size = any_size(&mut random);
        let mut drawn = Vec::new();
        for lane in 0..settings.batch {
            let turn = step.wrapping_mul(settings.batch as u64).wrapping_add(lane as u64);
            // At any size, whatever that of the styles: if it gave away the size of strokes, nobody would listen to what is told of them.
            let content_size = any_size(&mut random);
            let at = StyleAt { style: styles.of(turn), size };
            content_patch(examples, contents.of(turn), content_size, settings.patch, &mut random, &mut batch.contents)?;
            let own = settings.identity > 0.0 && random.u32(0..OWN_IN) == 0;
            let mean = examples.have_a_mean() && random.u32(0..MEAN_IN) == 0;
            batch.styles.push(match (own, mean) {
                (true, _) => Target::Own,
                (false, true) => Target::Mean(at.size),
                (false, false) => Target::Style(at),
            });
            let cut = |kept| (kept, Cut::draw(kept, examples.sizes.style_short(Kept::short(kept), at.size), settings.patch, &mut random));
            drawn.extend(examples.styles.get(at.style).map(cut));
        }
        // What is drawn is the same either way, but what is not shown need not be read.
        if batch.plays(settings, step) {
            for (kept, cut) in drawn {
                let picture = kept.picture()?;
                cut.take(&picture, &mut batch.patches);
            }
        }
        Ok(batch)
    }

    /// The pictures that are told of one style, for each style that more than one is told of: what is made of them can differ only by what they show. In different styles results
    /// differ even if nobody looks at the pictures, and one that is to stay as it is is told of itself.
    pub fn told_alike(&self) -> Vec<Vec<usize>> {
        let mut groups: Vec<(Target, Vec<usize>)> = Vec::new();
        for (lane, &target) in self.styles.iter().enumerate().filter(|(_, target)| **target != Target::Own) {
            match groups.iter_mut().find(|(other, _)| *other == target) {
                Some((_, group)) => group.push(lane),
                None => groups.push((target, vec![lane])),
            }
        }
        groups.into_iter().map(|(_, group)| group).filter(|group| group.len() > 1).collect()
    }

    /// The pictures that are to stay as they are, or those that are not.
    pub fn lanes(&self, own: bool) -> Vec<usize> {
        let lanes = self.styles.iter().enumerate().filter(|(_, target)| (**target == Target::Own) == own);
        lanes.map(|(lane, _)| lane).collect()
    }

    /// Whether there is a game at this step: some picture is to take on a style, since one that is to stay as it is has no part in it.
    pub fn plays(&self, settings: &Settings, step: u64) -> bool {
        settings.plays(step) && self.styles.iter().any(|target| *target != Target::Own)
    }
}

/// Some pictures of a batch, at least one, as a batch of their own.
///
/// # Shapes
/// `[n, …]` → `[lanes, …]`
pub(super) fn lanes_of<const D: usize>(batch: &Tensor<D>, lanes: &[usize]) -> Tensor<D> {
    Tensor::cat(lanes.iter().map(|lane| batch.clone().narrow(0, *lane, 1)).collect(), 0)
}

/// The random numbers of one step.
fn drawn_for(seed: u64, step: u64) -> fastrand::Rng {
    // Odd multipliers, so that neighbouring seeds and steps have nothing in common.
    fastrand::Rng::with_seed(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(step.wrapping_mul(0xD1B5_4A32_D192_ED03)))
}

/// Patches of content pictures alone, at the first of the sizes, for networks that only look, and the random numbers that come next.
///
/// # Shapes
/// → `[count, 3, side, side]` in 0…1
///
/// # Errors
/// [`TrainingError::Unreadable`] for a pack that can no longer be read.
pub(crate) fn content_patches(
    examples: &Examples,
    count: usize,
    side: usize,
    seed: u64,
    step: u64,
) -> Result<(Vec<f32>, fastrand::Rng), TrainingError> {
    let mut random = drawn_for(seed, step);
    let mut turns = Turns::new(examples.contents.len(), seed);
    let mut patches = Vec::new();
    for lane in 0..count {
        let turn = step.wrapping_mul(count as u64).wrapping_add(lane as u64);
        content_patch(examples, turns.of(turn), 0, side, &mut random, &mut patches)?;
    }
    Ok((patches, random))
}

/// Appends a patch of a content picture, about as large as styles of one of the sizes.
fn content_patch(
    examples: &Examples,
    index: usize,
    size: usize,
    patch: usize,
    random: &mut fastrand::Rng,
    planes: &mut Vec<f32>,
) -> Result<(), TrainingError> {
    if let Some(kept) = examples.contents.get(index) {
        let short = examples.sizes.content_short(kept.short(), size, random);
        Cut::draw(kept, short, patch, random).take(&*kept.picture()?, planes);
    }
    Ok(())
}

/// Whose turn it is: each of so many once before any comes again, in an order that is shuffled anew each time.
#[derive(Debug)]
struct Turns {
    count: usize,
    seed: u64,
    /// The round whose order is at hand: the turns of a step are of one round, or of few.
    round: Option<u64>,
    order: Vec<usize>,
}

impl Turns {
    fn new(count: usize, seed: u64) -> Self {
        Self { count, seed, round: None, order: Vec::new() }
    }

    fn of(&mut self, turn: u64) -> usize {
        let count = self.count.max(1) as u64;
        let (round, at) = (turn / count, turn % count);
        if self.round.replace(round) != Some(round) {
            self.order = (0..self.count).collect();
            fastrand::Rng::with_seed(self.seed ^ round.wrapping_mul(0xA24B_AED4_963E_E407)).shuffle(&mut self.order);
        }
        usize::try_from(at).ok().and_then(|at| self.order.get(at)).copied().unwrap_or(0)
    }
}

/// A patch from anywhere in a picture, at whatever size that is to be shown, perhaps mirrored.
#[derive(Clone, Copy, Debug)]
struct Cut {
    left: u32,
    top: u32,
    /// Side of the square that becomes the patch, in pixels of the picture.
    side: u32,
    /// Side of the patch.
    patch: u32,
    mirrored: bool,
}

impl Cut {
    /// Of a picture that is shown with this short side.
    fn draw(kept: &Kept, short: u32, patch: usize, random: &mut fastrand::Rng) -> Self {
        let patch = u32::try_from(patch).unwrap_or(u32::MAX);
        let own = kept.short();
        let covered = (u64::from(patch) * u64::from(own) + u64::from(short) / 2) / u64::from(short.max(1));
        let side = u32::try_from(covered).unwrap_or(u32::MAX).clamp(1, own.max(1));
        let [left, top] = kept.size().map(|length| random.u32(0..=length.saturating_sub(side)));
        Self { left, top, side, patch, mirrored: random.bool() }
    }

    /// Appends it as planes.
    fn take(self, picture: &Picture, planes: &mut Vec<f32>) {
        let Self { left, top, side, patch, mirrored } = self;
        let shown = resize(&picture.cropped(left, top, side, side), patch, patch);
        let rows = shown.rgb().as_chunks::<3>().0.chunks_exact(patch.max(1) as usize);
        for channel in 0..3 {
            let value = |pixel: &[u8; 3]| f32::from(pixel[channel]) / 255.0;
            for row in rows.clone() {
                if mirrored {
                    planes.extend(row.iter().rev().map(value));
                } else {
                    planes.extend(row.iter().map(value));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyone_has_a_turn_before_anyone_has_two() {
        let mut turns = Turns::new(7, 5);
        let [before, round] = [7, 14].map(|first| (first..first + 7).map(|turn| turns.of(turn)).collect::<Vec<_>>());
        let mut sorted = round.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, [0, 1, 2, 3, 4, 5, 6]);
        assert_ne!(round, before);
        // Whatever was asked before.
        assert_eq!(round, (14..21).map(|turn| Turns::new(7, 5).of(turn)).collect::<Vec<_>>());
        assert_eq!(Turns::new(0, 5).of(3), 0);
    }

    #[test]
    fn what_a_step_is_to_show_does_not_depend_on_whether_the_two_play() {
        let alone = Settings { patch: 32, batch: 4, style_sides: vec![40, 48], ..Settings::default() };
        let both = Settings { adversarial: 0.1, warm_up: 10, ..alone.clone() };
        let mut examples = Examples::new(&alone);
        for at in 0..5_u8 {
            let picture = Picture::new(60, 50, (0..9000_u32).map(|value| (value % 251) as u8 ^ at).collect(), None).unwrap();
            examples.add_content(&picture).unwrap();
            examples.add_style(&picture).unwrap();
        }
        for step in 0..20 {
            let [alone, both] = [&alone, &both].map(|settings| Batch::draw(&examples, settings, step).unwrap());
            assert_eq!((&alone.contents, &alone.styles), (&both.contents, &both.styles));
            assert!(alone.patches.is_empty());
            assert_eq!(both.patches.len(), if step < 10 { 0 } else { both.contents.len() });
        }
    }

    #[test]
    fn alike_are_told_those_that_take_on_one_style_or_the_mean() {
        let told_alike = |styles: &[Target]| {
            let augmentations = [0, 1].map(|_| Augmentation::of(&[]));
            Batch { contents: Vec::new(), styles: styles.to_vec(), patches: Vec::new(), augmentations }.told_alike()
        };
        use Target::{Mean, Own};
        let [a, a_large, b] = [(0, 0), (0, 1), (1, 0)].map(|(style, size)| Target::Style(StyleAt { style, size }));
        assert_eq!(told_alike(&[a, Own, a, a]), [[0, 2, 3]]);
        assert_eq!(told_alike(&[Mean(0), b, Mean(0), Own, b, Own]), [[0, 2], [1, 4]]);
        assert!(told_alike(&[a, Mean(0), a_large, b, Mean(1), Own, Own]).is_empty());
    }

    #[test]
    fn half_of_the_pictures_are_told_of_the_mean_where_there_is_one() {
        let settings = Settings { patch: 32, batch: 1, style_sides: vec![32], ..Settings::default() };
        let picture = |at: usize| Picture::new(32, 32, vec![u8::try_from(at).unwrap(); 3072], None).unwrap();
        let told_of_mean = |styles: usize| {
            let mut examples = Examples::new(&settings);
            (0..styles).for_each(|at| examples.add_style(&picture(at)).unwrap());
            let targets = (0..400).flat_map(|step| Batch::draw(&examples, &settings, step).unwrap().styles);
            targets.filter(|target| matches!(target, Target::Mean(_))).count()
        };
        // One in eight stays as it is. Of the other 350, half give or take four deviations of a coin that is thrown so often.
        let coins = 350.0_f64;
        let told = f64::from(u32::try_from(told_of_mean(3)).unwrap());
        assert!((told - coins / 2.0).abs() < 4.0 * (coins / 4.0).sqrt(), "{told} of {coins}");
        assert_eq!([told_of_mean(1), told_of_mean(65)], [0, 0]);
    }

    #[test]
    fn a_patch_shows_as_much_of_a_picture_as_its_size_says() {
        // Redder to the right, greener below.
        let values = (0..120_u32).flat_map(|y| (0..200_u32).flat_map(move |x| [x, y, 0])).map(|value| u8::try_from(value).unwrap());
        let picture = Picture::new(200, 120, values.collect(), None).unwrap();
        let kept = Kept::Here(picture.clone());
        let mut random = fastrand::Rng::with_seed(4);
        for (short, shown) in [(120, 32), (60, 64), (240, 16), (32, 120), (16, 120)] {
            for _ in 0..8 {
                let cut = Cut::draw(&kept, short, 32, &mut random);
                assert_eq!(cut.side, shown, "short side {short}");
                let mut planes = Vec::new();
                cut.take(&picture, &mut planes);
                assert_eq!(planes.len(), 3 * 32 * 32);
                let [left, right] = [0, 31].map(|column| 255.0 * planes[column + 32 * 16]);
                let [above, below] = [0, 31].map(|row| 255.0 * planes[32 * 32 + 32 * row + 16]);
                let side = f32::from(u16::try_from(shown).unwrap());
                // From the middle of the first pixel to that of the last; at edges the filter leans.
                let step = if cut.mirrored { left - right } else { right - left };
                assert!((step - side * 31.0 / 32.0).abs() < 2.5 && (below - above - side * 31.0 / 32.0).abs() < 2.5, "{cut:?}: {step}");
            }
        }
    }
}
