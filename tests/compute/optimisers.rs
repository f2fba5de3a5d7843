//! L-BFGS and Adam on functions whose minima are known.

use std::cell::Cell;

use atelier::backend::cpu;
use atelier::error::{DeviceError, Error};
use atelier::losses::{Evaluation, Objective, Terms};
use atelier::optimize::{Adam, Lbfgs, LineSearch, RunError};
use burn::tensor::{Device, Tensor, TensorData};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Golden, assert_close, devices, read};

/// A function of a few variables, dressed as a picture of one row.
struct Function<F: Fn(Tensor<4>) -> Tensor<1>>(F);

impl<F: Fn(Tensor<4>) -> Tensor<1>> Objective for Function<F> {
    async fn evaluate(&self, picture: Tensor<4>) -> Result<Evaluation, DeviceError> {
        let x = picture.autodiff().require_grad();
        let value = (self.0)(x.clone());
        let gradient = x.grad_remove(&mut value.backward()).unwrap();
        let value = value.inner();
        Ok(Evaluation { terms: Tensor::cat(vec![value; Terms::COUNT], 0), gradient })
    }
}

fn row(values: &[f32], device: &Device) -> Tensor<4> {
    Tensor::from_data(TensorData::new(values.to_vec(), [1, 1, 1, values.len()]), device)
}

fn optimisers() -> Golden {
    Golden::new(include_bytes!("../goldens/lbfgs_rosenbrock.safetensors"))
}

/// `½ xᵀQx − bᵀx` in 20 dimensions with eigenvalues 1…100.
fn quadratic(golden: &Golden, device: &Device) -> impl Fn(Tensor<4>) -> Tensor<1> + use<> {
    let device = device.clone().autodiff();
    let q = Tensor::<2>::from_data(TensorData::new(golden.values("quadratic_q").to_vec(), [20, 20]), &device);
    let b = Tensor::<2>::from_data(TensorData::new(golden.values("quadratic_b").to_vec(), [1, 20]), &device);
    move |x| {
        let x = x.reshape([1, 20]);
        (x.clone() * x.clone().matmul(q.clone()) * 0.5 - x * b.clone()).sum()
    }
}

/// `(1 − x)² + 100 (y − x²)²`
fn rosenbrock(point: Tensor<4>) -> Tensor<1> {
    let x = point.clone().narrow(3, 0, 1);
    let y = point.narrow(3, 1, 1);
    let valley = y - x.clone() * x.clone();
    let wall = x.neg() + 1.0;
    (wall.clone() * wall + valley.clone() * valley * 100.0).sum()
}

/// Takes `count` steps; asserts that none made the loss worse, and returns the last loss.
async fn descend(minimiser: &mut Lbfgs, objective: &impl Objective, count: usize) -> f32 {
    let mut last = f32::INFINITY;
    for _ in 0..count {
        let step = minimiser.step(objective).await.unwrap();
        assert!(step.terms.loss <= last, "{} after {last}", step.terms.loss);
        last = step.terms.loss;
        if step.converged {
            break;
        }
    }
    last
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn lbfgs_solves_a_quadratic_as_fast_as_pytorch() {
    let golden = optimisers();
    for (name, device) in devices().await {
        let objective = Function(quadratic(&golden, &device));
        let mut minimiser = Lbfgs::new(row(golden.values("quadratic_start"), &device), LineSearch::Backtracking);
        let losses = golden.values("quadratic_wolfe_loss");
        let lowest = read(objective.0(row(golden.values("quadratic_minimum"), &device).autodiff()).inner()).await[0];
        let last = descend(&mut minimiser, &objective, 30).await;
        // PyTorch's strong Wolfe search spends about twice as many evaluations on its thirty iterations. The allowance
        // is a hundredth of the first gap: backtracking is a simpler search.
        let allowance = 0.01 * (losses[0] - lowest);
        assert!(last - lowest <= losses[15] - lowest + allowance, "{name}: {last}, lowest {lowest}, PyTorch after 15 {}", losses[15]);
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn lbfgs_follows_rosenbrocks_valley_to_its_end_on_the_cpu() {
    let objective = Function(rosenbrock);
    let mut minimiser = Lbfgs::new(row(&[-1.2, 1.0], &cpu()), LineSearch::Backtracking);
    descend(&mut minimiser, &objective, 120).await;
    // The valley is flat at its end: f32 stops short of the exact point.
    assert_close("Rosenbrock", &read(minimiser.position()).await, &[1.0, 1.0], 1e-2);
}

// WGSL leaves the logarithm of a negative number open, so what follows can be asked of the processor alone.

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn lbfgs_takes_a_step_into_nothing_back_on_the_cpu() {
    // Beyond 0 the logarithm is no number; the minimum of x − ln x is at 1, and steps from 0.01 overshoot both ways.
    let objective = Function(|x: Tensor<4>| (x.clone() - x.log()).sum());
    let mut minimiser = Lbfgs::new(row(&[0.01, 30.0], &cpu()), LineSearch::Backtracking);
    let last = descend(&mut minimiser, &objective, 80).await;
    assert!(last.is_finite());
    assert_close("x − ln x", &read(minimiser.position()).await, &[1.0, 1.0], 2e-2);
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_start_without_a_value_is_an_error_on_the_cpu() {
    let objective = Function(|x: Tensor<4>| x.log().sum());
    let nowhere = row(&[-1.0, 1.0], &cpu());
    let lbfgs = Lbfgs::new(nowhere.clone(), LineSearch::Backtracking).step(&objective).await;
    assert!(matches!(lbfgs, Err(Error::Run(RunError::NotFinite))), "{lbfgs:?}");
    let adam = Adam::new(nowhere, None).step(&objective).await;
    assert!(matches!(adam, Err(Error::Run(RunError::NotFinite))), "{adam:?}");
}

/// `Σ x²`, whose gradient is told as no number from the second evaluation on, as by a device that fails.
struct Torn(Cell<bool>);

impl Objective for Torn {
    async fn evaluate(&self, picture: Tensor<4>) -> Result<Evaluation, DeviceError> {
        let value = (picture.clone() * picture.clone()).sum();
        let gradient = if self.0.replace(true) { picture.clone() * f32::NAN } else { picture * 2.0 };
        Ok(Evaluation { terms: Tensor::cat(vec![value; Terms::COUNT], 0), gradient })
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_gradient_that_is_no_number_is_no_step_on_the_cpu() {
    let start = || row(&[3.0, -4.0], &cpu());
    let (objective, mut unit) = (Torn(Cell::new(false)), Lbfgs::new(start(), LineSearch::UnitStep));
    unit.step(&objective).await.unwrap();
    let step = unit.step(&objective).await;
    assert!(matches!(step, Err(Error::Run(RunError::NotFinite))), "{step:?}");
    let (objective, mut adam) = (Torn(Cell::new(true)), Adam::new(start(), None));
    let step = adam.step(&objective).await;
    assert!(matches!(step, Err(Error::Run(RunError::NotFinite))), "{step:?}");
    for search in [LineSearch::Backtracking, LineSearch::StrongWolfe] {
        let (objective, mut minimiser) = (Torn(Cell::new(false)), Lbfgs::new(start(), search));
        for _ in 0..40 {
            minimiser.step(&objective).await.unwrap();
        }
        assert_eq!(read(minimiser.position()).await, [3.0, -4.0], "{search:?}");
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn lbfgs_does_not_mind_what_a_loss_is_measured_in() {
    let golden = optimisers();
    for (name, device) in devices().await {
        let start = || row(golden.values("quadratic_start"), &device);
        let mut last = Vec::new();
        // Powers of two, so that nothing is rounded otherwise.
        for factor in [1.0, 1_048_576.0, 1.0 / 1_048_576.0] {
            let function = quadratic(&golden, &device);
            let objective = Function(move |x: Tensor<4>| function(x) * factor);
            let mut minimiser = Lbfgs::new(start(), LineSearch::Backtracking);
            descend(&mut minimiser, &objective, 30).await;
            last.push(read(minimiser.position()).await);
        }
        // What is a square's root or quotient on the way is not rounded alike.
        assert_close(&format!("{name}, a million times as large"), &last[1], &last[0], 1e-3);
        assert_close(&format!("{name}, a millionth"), &last[2], &last[0], 1e-3);
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_minimum_is_recognised() {
    for (name, device) in devices().await {
        let objective = Function(|x: Tensor<4>| (x.clone() * x).sum());
        let step = Lbfgs::new(row(&[0.0, 0.0], &device), LineSearch::Backtracking).step(&objective).await.unwrap();
        assert!(step.converged, "{name}");
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn adam_walks_as_pytorch_does() {
    let (golden, quadratics) = (Golden::new(include_bytes!("../goldens/adam.safetensors")), optimisers());
    for (name, device) in devices().await {
        let objective = Function(quadratic(&quadratics, &device));
        let mut minimiser = Adam::new(row(quadratics.values("quadratic_start"), &device), None);
        for step in 1..=20 {
            minimiser.step(&objective).await.unwrap();
            let expected = &golden.values("quadratic_adam_points")[step * 20..(step + 1) * 20];
            // Twenty steps of f32 against f64.
            assert_close(&format!("{name} step {step}"), &read(minimiser.iterate()).await, expected, 1e-4);
        }
    }
}
