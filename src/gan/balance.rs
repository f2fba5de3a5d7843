//! What keeps two players in play, and a training from running away.

use serde::{Deserialize, Serialize};

use super::event::Alarm;

/// Running measures of a training, and the factors that they lead to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Balance {
    /// Share of patches that the discriminator judged right lately.
    pub success: f32,
    /// Length of the generator's gradient lately.
    gradient: f32,
    /// Length of the discriminator's, where it learnt; 0 before it has, and in files of earlier versions.
    #[serde(default)]
    of_discriminator: f32,
    /// The generator's loss lately, without what the discriminator costs it: that may be negative, and rises and falls with the other player.
    loss: f32,
    /// The least that it has been.
    best: f32,
    /// Factor on rates: halved by alarms.
    pub rate: f32,
    /// Factor on the adversarial weight: halved when results collapse.
    pub adversarial: f32,
    /// Steps whose loss was measured, since losses were last compared anew.
    count: u64,
    /// Steps whose gradient was measured; 0 in files of earlier versions.
    #[serde(default)]
    gradients: u64,
    /// Steps in which the discriminator learnt.
    #[serde(default)]
    learnt: u64,
    /// Steps in a row that were bad.
    bad: u32,
    /// Steps in a row whose results were alike.
    alike: u32,
    /// Steps in a row with something that was not finite.
    #[serde(default)]
    broken: u64,
}

/// The discriminator learns only while it is right less often than this.
const MOST_SUCCESS: f32 = 0.8;
/// Weight of a new value in the running measures.
const FRESH: f32 = 0.02;
/// A gradient so many times longer than usual is shortened.
const LONG: f32 = 3.0;
/// A loss so many times the least for so long has diverged.
const RISEN: f32 = 2.5;
const LONG_RISEN: u32 = 150;
/// Results whose differences are so small a part of their contents', for so long, have collapsed.
const ALIKE: f32 = 0.005;
const LONG_ALIKE: u32 = 50;
/// A discriminator that counts for so little no more is not what makes results alike.
const LEAST_ADVERSARIAL: f32 = 1.0 / 16.0;
/// So many steps in a row that were not finite are no accident of a batch. As nothing moves in them, fewer are just left out.
const PERSISTENT: u64 = 3;
/// After so many steps in a row that were not finite, at rates that were halved again and again, no further one will be.
const LONG_BROKEN: u64 = 20;
/// Before so many steps nothing is usual yet.
const SETTLED: u64 = 50;

impl Default for Balance {
    fn default() -> Self {
        Self {
            success: 0.5,
            gradient: 0.0,
            of_discriminator: 0.0,
            loss: 0.0,
            best: f32::MAX,
            rate: 1.0,
            adversarial: 1.0,
            count: 0,
            gradients: 0,
            learnt: 0,
            bad: 0,
            alike: 0,
            broken: 0,
        }
    }
}

/// The measures of one step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measures {
    /// Of the generator, without what the discriminator costs it.
    pub loss: f32,
    pub gradient: f32,
    /// Length of the discriminator's gradient; 0 where it does not learn.
    pub of_discriminator: f32,
    /// Share of patches judged right, where they were judged.
    pub success: Option<f32>,
    /// How much of the contents' differences is left in what was made of them, where there is a discriminator to please and the batch can tell.
    pub variety: Option<f32>,
}

impl Balance {
    /// Whether the discriminator is to learn in this step.
    pub fn judges(&self) -> bool {
        self.success < MOST_SUCCESS
    }

    /// The factor that keeps the generator's gradient to what is usual.
    pub fn shortening(&self, gradient: f32) -> f32 {
        kept_to(self.gradient, self.gradients, gradient)
    }

    /// The same for the discriminator's.
    pub fn shortening_of_discriminator(&self, gradient: f32) -> f32 {
        kept_to(self.of_discriminator, self.learnt, gradient)
    }

    fn note_discriminator(&mut self, gradient: f32) {
        if gradient > 0.0 {
            let usual = gradient * self.shortening_of_discriminator(gradient);
            self.learnt += 1;
            self.of_discriminator += (usual - self.of_discriminator) * if self.of_discriminator > 0.0 { FRESH } else { 1.0 };
        }
    }

    /// Takes a step's measures in, and says what is wrong.
    pub fn measure(&mut self, measures: Measures) -> Option<Alarm> {
        let Measures { loss, gradient, of_discriminator, success, variety } = measures;
        if self.count_broken([loss, gradient, of_discriminator]) {
            return Some(Alarm::NotFinite);
        }
        self.note_discriminator(of_discriminator);
        let gradient = gradient * self.shortening(gradient);
        self.gradient += (gradient - self.gradient) * fresh(self.gradients);
        self.gradients += 1;
        self.loss += (loss - self.loss) * fresh(self.count);
        if let Some(success) = success {
            self.measure_success(success);
        }
        self.count += 1;
        if self.count > SETTLED {
            self.best = self.best.min(self.loss);
        }
        self.bad = if self.count > SETTLED && self.loss > RISEN * self.best { self.bad + 1 } else { 0 };
        // A step without a game says nothing about it.
        self.alike = variety.map_or(self.alike, |variety| if variety < ALIKE { self.alike + 1 } else { 0 });
        if self.bad > LONG_RISEN {
            (self.bad, self.loss) = (0, self.best);
            self.rate *= 0.5;
            return Some(Alarm::Diverged);
        }
        if self.alike > LONG_ALIKE && self.adversarial > LEAST_ADVERSARIAL {
            self.alike = 0;
            self.adversarial *= 0.5;
            return Some(Alarm::Collapsed);
        }
        None
    }

    /// Takes in how the discriminator did in a step in which it alone learnt, with its loss and gradient.
    pub fn measure_discriminator(&mut self, loss: f32, gradient: f32, success: f32) -> Option<Alarm> {
        if self.count_broken([loss, gradient, success]) {
            return Some(Alarm::NotFinite);
        }
        self.note_discriminator(gradient);
        self.measure_success(success);
        None
    }

    /// Whether any of these is not finite. Where that persists, the rate is halved.
    fn count_broken(&mut self, measures: [f32; 3]) -> bool {
        let broken = measures.iter().any(|measure| !measure.is_finite());
        if broken {
            self.broken += 1;
            self.rate *= if self.persists() { 0.5 } else { 1.0 };
        } else {
            self.broken = 0;
        }
        broken
    }

    /// Whether the last step was one too many in a row that were not finite.
    fn persists(&self) -> bool {
        self.broken > 0 && self.broken.is_multiple_of(PERSISTENT)
    }

    /// Whether to go back to a good state on an alarm of the last step.
    pub fn leads_back(&self, alarm: Alarm) -> bool {
        alarm != Alarm::NotFinite || self.persists()
    }

    /// Steps in a row that were not finite, if they are so many that there is no way on.
    pub fn beyond_help(&self) -> Option<u64> {
        (self.broken >= LONG_BROKEN).then_some(self.broken)
    }

    fn measure_success(&mut self, success: f32) {
        self.success += (success - self.success) * (2.0 * FRESH);
    }

    /// Supplies what earlier versions did not count: gradients were measured as often as losses, and the discriminator learnt in about as many steps as there were.
    pub fn supplied(self) -> Self {
        let gradients = self.gradients.max(self.count);
        let learnt = if self.learnt == 0 && self.of_discriminator > 0.0 { self.count } else { self.learnt };
        Self { gradients, learnt, ..self }
    }

    /// Begins to compare losses anew: another player has come in, or the loss has another meaning now. What gradient is usual is kept, since this is when one may be too long.
    pub fn forget_best(&mut self) {
        (self.best, self.count, self.bad) = (f32::MAX, 0, 0);
    }

    /// Whether this is a state to go back to. Where a training starts from what was trained before, the least loss may be that of its very beginning, so a good state is one that is half-way,
    /// by ratio, from the best to what has diverged.
    pub fn is_good(&self) -> bool {
        self.alike == 0 && self.loss <= RISEN.sqrt() * self.best
    }
}

/// Weight of a new value in a running measure of so many: at first that is their mean.
fn fresh(count: u64) -> f32 {
    if count < SETTLED { 1.0 / crate::losses::real(usize::try_from(count + 1).unwrap_or(1)) } else { FRESH }
}

/// The factor that keeps a gradient to what is usual, once it is known what is.
fn kept_to(usual: f32, steps: u64, gradient: f32) -> f32 {
    let most = LONG * usual;
    if steps > SETTLED && usual > 0.0 && gradient > most { most / gradient } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: Measures = Measures { loss: 1.0, gradient: 2.0, of_discriminator: 1.0, success: Some(1.0), variety: Some(0.5) };

    #[test]
    fn a_discriminator_that_is_right_too_often_waits() {
        let mut balance = Balance::default();
        assert!(balance.judges());
        (0..200).for_each(|_| assert_eq!(balance.measure(STEP), None));
        assert!(!balance.judges());
        (0..100).for_each(|_| assert_eq!(balance.measure(Measures { success: Some(0.4), ..STEP }), None));
        assert!(balance.judges());
    }

    #[test]
    fn a_sudden_gradient_is_shortened_to_what_is_usual() {
        let mut balance = Balance::default();
        (0..200).for_each(|_| assert_eq!(balance.measure(STEP), None));
        assert!((balance.shortening(60.0) * 60.0 - 6.0).abs() < 0.01);
        assert!((balance.shortening(3.0) - 1.0).abs() < 1e-6);
        // The discriminator's are half as long.
        assert!((balance.shortening_of_discriminator(60.0) * 60.0 - 3.0).abs() < 0.01);
        assert!((Balance::default().shortening_of_discriminator(60.0) - 1.0).abs() < 1e-6);
        let mut alone = Balance::default();
        (0..200).for_each(|_| assert_eq!(alone.measure_discriminator(1.0, 1.0, 0.5), None));
        assert!((alone.shortening_of_discriminator(60.0) * 60.0 - 3.0).abs() < 0.01);
    }

    /// Which is when one may be too long.
    #[test]
    fn gradients_are_kept_to_what_is_usual_while_losses_are_compared_anew() {
        let mut balance = Balance::default();
        (0..200).for_each(|_| assert_eq!(balance.measure(STEP), None));
        balance.forget_best();
        for _ in 0..60 {
            assert!((balance.shortening(60.0) * 60.0 - 6.0).abs() < 0.01);
            assert_eq!(balance.measure(Measures { loss: 5.0, ..STEP }), None, "nothing says yet that this loss is a large one");
        }
        assert!((balance.loss - 5.0).abs() < 1e-3 && (balance.best - 5.0).abs() < 1e-3);
    }

    #[test]
    fn of_a_balance_of_an_earlier_version_what_it_did_not_count_is_supplied() {
        let mut balance = Balance::default();
        (0..200).for_each(|_| assert_eq!(balance.measure(STEP), None));
        let mut told = serde_json::to_value(balance).unwrap();
        for missing in ["gradients", "learnt", "broken"] {
            told.as_object_mut().unwrap().remove(missing).unwrap();
        }
        let read: Balance = serde_json::from_value(told).unwrap();
        assert!((read.shortening(60.0) - 1.0).abs() < 1e-6);
        assert_eq!(read.supplied(), balance);
    }

    #[test]
    fn nothing_helps_where_step_after_step_is_not_finite() {
        let mut balance = Balance::default();
        let broken = Measures { loss: f32::NAN, ..STEP };
        for _ in 0..3 {
            (1..LONG_BROKEN).for_each(|_| assert_eq!((balance.measure(broken), balance.beyond_help()), (Some(Alarm::NotFinite), None)));
            assert_eq!(balance.measure(STEP), None);
        }
        (0..LONG_BROKEN).for_each(|_| assert_eq!(balance.measure(broken), Some(Alarm::NotFinite)));
        assert_eq!(balance.beyond_help(), Some(LONG_BROKEN));
    }

    #[test]
    fn what_is_not_finite_now_and_then_is_left_out() {
        let mut balance = Balance::default();
        let broken = Measures { gradient: f32::INFINITY, ..STEP };
        for _ in 0..40 {
            for measures in [broken, broken, STEP] {
                let alarm = balance.measure(measures);
                assert!(!alarm.is_some_and(|alarm| balance.leads_back(alarm)));
            }
        }
        assert!((balance.rate - 1.0).abs() < 1e-6);
        assert!(balance.leads_back(Alarm::Diverged) && balance.leads_back(Alarm::Collapsed));
    }

    #[test]
    fn a_good_state_is_neither_near_to_an_alarm_nor_only_the_very_best() {
        let mut balance = Balance::default();
        (0..200).for_each(|_| assert_eq!(balance.measure(STEP), None));
        (0..400).for_each(|_| assert_eq!(balance.measure(Measures { loss: 1.3, ..STEP }), None));
        assert!(balance.is_good(), "it has levelled off above where it started");
        assert_eq!(balance.measure(Measures { variety: Some(0.0), ..STEP }), None);
        assert!(!balance.is_good(), "results begin to look alike");
        assert_eq!(balance.measure(STEP), None);
        (0..100).for_each(|_| assert_eq!(balance.measure(Measures { loss: 2.2, ..STEP }), None));
        assert!(!balance.is_good(), "losses are rising");
    }

    #[test]
    fn a_discriminator_that_hardly_counts_is_not_blamed_for_ever() {
        let mut balance = Balance::default();
        let alike = Measures { variety: Some(0.0), ..STEP };
        let alarms = (0..2000).filter(|_| balance.measure(alike) == Some(Alarm::Collapsed)).count();
        assert_eq!((alarms, balance.adversarial), (4, LEAST_ADVERSARIAL));
    }

    #[test]
    fn what_is_not_finite_rises_long_or_looks_alike_is_told() {
        let mut balance = Balance::default();
        (0..200).for_each(|_| assert_eq!(balance.measure(STEP), None));
        for leads_back in [false, false, true] {
            assert_eq!(balance.measure(Measures { of_discriminator: f32::NAN, ..STEP }), Some(Alarm::NotFinite));
            assert_eq!(balance.leads_back(Alarm::NotFinite), leads_back);
        }
        let alarms: Vec<Alarm> = (0..300).filter_map(|_| balance.measure(Measures { loss: 5.0, ..STEP })).collect();
        assert_eq!(alarms, [Alarm::Diverged]);
        let alike = |step: u32| Measures { variety: (!step.is_multiple_of(8)).then_some(0.0), ..STEP };
        let alarms: Vec<Alarm> = (0..60).filter_map(|step| balance.measure(alike(step))).collect();
        assert_eq!(alarms, [Alarm::Collapsed]);
        assert!((0..60).all(|_| balance.measure(Measures { variety: None, ..STEP }).is_none()), "one picture is alike itself");
        assert!((balance.rate - 0.25).abs() < 1e-6 && (balance.adversarial - 0.5).abs() < 1e-6);
    }
}
