//! `atelier export` and `atelier quantize`: what comes out is what went in, in another form.

use atelier::generator::Weights as Generator;
use atelier::vgg::{Architecture, Precision, Weights};

use super::{assert_refused, atelier, told};

const GENERATOR: &str = "models/style-great-wave.safetensors";
const NETWORK: &str = "models/vgg-lite-wide.safetensors";

#[test]
fn a_generator_is_exported_as_it_is_in_any_form() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let shipped = std::fs::read(GENERATOR).unwrap();
    told(&atelier(["export", GENERATOR, "-o", &place("large.safetensors")]));
    let large = std::fs::read(place("large.safetensors")).unwrap();
    assert!(large.len() > 3 * shipped.len());
    assert!(Generator::read(&large, "large").unwrap() == Generator::read(&shipped, "shipped").unwrap());
    // Values that lie on the lattice of eight bits are found there again.
    told(&atelier(["export", &place("large.safetensors"), "--int8", "-o", &place("small.safetensors")]));
    assert!(std::fs::read(place("small.safetensors")).unwrap().len() == shipped.len());

    // That ONNX Runtime paints the same with it is checked by docs/quality/onnx.py.
    told(&atelier(["export", GENERATOR, "-o", &place("wave.onnx")]));
    let onnx = std::fs::read(place("wave.onnx")).unwrap();
    for name in ["content", "InstanceNormalization"] {
        assert!(onnx.windows(name.len()).any(|bytes| bytes == name.as_bytes()), "{name}");
    }
    // Strokes of a style that was learnt at two sizes are told for the size that is asked for.
    told(&atelier(["export", GENERATOR, "--size", "512", "-o", &place("small.onnx")]));
    assert!(std::fs::read(place("small.onnx")).unwrap() != onnx);
    assert_refused(&atelier(["export", GENERATOR, "--int8", "-o", &place("wave.onnx")]), 2, &["--int8 is for .safetensors"]);
    let floats = std::fs::read(place("large.safetensors")).unwrap();
    let over = atelier(["export", &place("large.safetensors"), "--int8", "-o", &place("large.safetensors")]);
    assert_refused(&over, 2, &["would take the place of", "large.safetensors"]);
    assert!(std::fs::read(place("large.safetensors")).unwrap() == floats);
    assert_refused(&atelier(["export", GENERATOR, "-o", &place("wave.pth")]), 2, &["wave.pth", ".onnx or .safetensors"]);
    assert_refused(&atelier(["export", NETWORK, "-o", &place("wave.onnx")]), 2, &[NETWORK]);
}

#[test]
fn the_mean_of_two_generators_lies_between_them() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let network = Weights::read(&std::fs::read("models/vgg-lite.safetensors").unwrap(), "vgg-lite").unwrap().architecture;
    let written = |name: &str, generator: &Generator| std::fs::write(place(name), generator.write(Precision::Float32).unwrap()).unwrap();
    let (before, after) = (Generator::untrained(&network, 1), Generator::untrained(&network, 2));
    written("before.safetensors", &before);
    written("after.safetensors", &after);
    let mean = ["export", &place("after.safetensors"), "--mean-with", &place("before.safetensors"), "-o", &place("mean.safetensors")];
    told(&atelier(mean));
    let between = Generator::read(&std::fs::read(place("mean.safetensors")).unwrap(), "mean").unwrap();
    assert!(Some(&between) == before.mean_with(&after, 0.5).as_ref() && between != before && between != after);
    told(&atelier(mean.into_iter().chain(["--share", "1"])));
    assert!(Generator::read(&std::fs::read(place("mean.safetensors")).unwrap(), "mean").unwrap() == after);

    let narrow = Architecture { blocks: vec![vec![2], vec![3]], ..network };
    written("narrow.safetensors", &Generator::untrained(&narrow, 1));
    let other = ["export", &place("after.safetensors"), "--mean-with", &place("narrow.safetensors"), "-o", &place("none.safetensors")];
    assert_refused(&atelier(other), 2, &["narrow.safetensors", "not of one training"]);
    assert_refused(&atelier(mean.into_iter().chain(["--share", "1.5"])), 2, &["a number from 0 to 1"]);
    assert_refused(&atelier(["export", GENERATOR, "--share", "0.5", "-o", &place("none.safetensors")]), 2, &["--mean-with"]);
    assert!(!folder.path().join("none.safetensors").exists());
}

#[test]
fn a_network_is_quantised_under_its_own_name_and_another_versions_is_called_so() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    told(&atelier(["quantize", NETWORK, "--bits", "4", "-o", folder.path().to_str().unwrap()]));
    let small = std::fs::read(place("vgg-lite-wide-int4.safetensors")).unwrap();
    let (shipped, small_weights) = (std::fs::read(NETWORK).unwrap(), Weights::read(&small, "small").unwrap());
    assert!(small.len() < shipped.len());
    assert_eq!(small_weights.architecture, Weights::read(&shipped, "shipped").unwrap().architecture);

    // Of our own files nobody is told that a layer of VGG-19 is missing.
    let said = b"atelier-vgg-1";
    let at = shipped.windows(said.len()).position(|bytes| bytes == said).unwrap();
    let mut later = shipped.clone();
    later[at + said.len() - 1] = b'7';
    for (file, code) in [(&later[..], "model-other-version"), (&shipped[..shipped.len() / 2], "weights-truncated")] {
        std::fs::write(place("own.safetensors"), file).unwrap();
        let own = place("own.safetensors");
        assert_refused(&atelier(["quantize", own.to_str().unwrap(), "-o", folder.path().to_str().unwrap()]), 2, &["own.safetensors", code]);
    }
    // Other people's are read as what they are.
    let theirs = ["quantize", "tests/goldens/weights/caffe.safetensors", "-o", folder.path().to_str().unwrap()];
    assert_refused(&atelier(theirs), 2, &["caffe.safetensors"]);
}
