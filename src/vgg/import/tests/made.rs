//! Safetensors made by hand, for what PyTorch's files do not show.

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use super::super::{Convention, Imported, Wanted, import};
use super::read;

fn first() -> Vec<Wanted> {
    vec![Wanted { name: "conv1_1".to_owned(), feature: 0, output: 64, input: 3 }]
}

/// A file of f32 tensors.
fn file(tensors: &[(&str, &[usize], &[f32])]) -> Vec<u8> {
    let (mut entries, mut data) = (serde_json::Map::new(), Vec::new());
    for (key, shape, values) in tensors {
        let begin = data.len();
        data.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        entries.insert((*key).to_owned(), serde_json::json!({"dtype": "F32", "shape": shape, "data_offsets": [begin, data.len()]}));
    }
    with_header(&serde_json::Value::Object(entries).to_string(), &data)
}

fn with_header(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat()
}

fn first_layer(bias: &[f32]) -> Vec<u8> {
    let weight: Vec<f32> = (0..1728_u16).map(f32::from).collect();
    file(&[("features.0.weight", &[64, 3, 3, 3], &weight), ("features.0.bias", &[64], bias)])
}

#[test]
fn the_original_weights_are_known_under_torchvisions_keys() {
    let mut bias = [0.5; 64];
    let Imported { convention, convolutions } = read(&first_layer(&bias), &first()).unwrap();
    assert_eq!((convention, convolutions[0].weight.floats(64, 27)[0].to_bits()), (Convention::Torchvision, 0.0_f32.to_bits()));
    // In half precision.
    bias[..4].copy_from_slice(&[0.730_1, 0.064_9, 0.034_3, 0.826_2]);
    let Imported { convention, convolutions } = read(&first_layer(&bias), &first()).unwrap();
    assert_eq!((convention, convolutions[0].weight.floats(64, 27)[0].to_bits()), (Convention::Caffe, 18.0_f32.to_bits()));
}

#[test]
fn a_weight_that_is_not_finite_is_refused() {
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut bias = [0.5; 64];
        bias[63] = value;
        assert_eq!(read(&first_layer(&bias), &first()).unwrap_err().code(), "weights-not-finite");
    }
}

#[test]
fn batch_normalisation_is_refused() {
    let bytes = file(&[("features.0.weight", &[1], &[0.0]), ("features.1.running_mean", &[1], &[0.0])]);
    assert_eq!(read(&bytes, &first()).unwrap_err().code(), "weights-unsupported");
}

#[test]
fn another_network_has_the_first_layer_missing() {
    assert_eq!(read(&file(&[("layer1.0.weight", &[1], &[0.0])]), &first()).unwrap_err().code(), "weights-layer-missing");
    assert_eq!(read(&file(&[]), &first()).unwrap_err().code(), "weights-layer-missing");
}

#[test]
fn headers_that_do_not_fit_are_refused() {
    let huge = u64::MAX.to_string();
    for (header, code) in [
        ("{}".to_owned(), "weights-layer-missing"),
        ("{]".to_owned(), "weights-damaged"),
        ("[]".to_owned(), "weights-unrecognised"),
        (r#"{"a":1}"#.to_owned(), "weights-damaged"),
        ("{".repeat(100_000), "weights-damaged"),
        (format!(r#"{{"a":{}1"#, "[".repeat(100_000)), "weights-damaged"),
        (r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#.to_owned(), "weights-damaged"),
        (r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#.to_owned(), "weights-damaged"),
        (r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#.to_owned(), "weights-truncated"),
        (format!(r#"{{"a":{{"dtype":"F32","shape":[{huge},{huge}],"data_offsets":[0,4]}}}}"#), "weights-damaged"),
        (format!(r#"{{"a":{{"dtype":"F32","shape":[],"data_offsets":[0,{huge}]}}}}"#), "weights-truncated"),
        (r#"{"features.0.weight":{"dtype":"I8","shape":[64,3,3,3],"data_offsets":[0,4]}}"#.to_owned(), "weights-layer-missing"),
    ] {
        let shown = &header[..header.len().min(90)];
        assert_eq!(read(&with_header(&header, &[0; 4]), &first()).unwrap_err().code(), code, "{shown}");
    }
    assert_eq!(read(&[&u64::MAX.to_le_bytes()[..], b"{}"].concat(), &first()).unwrap_err().code(), "weights-unrecognised");
    assert_eq!(read(b"<!doctype html><title>Not found</title>", &first()).unwrap_err().code(), "weights-unrecognised");
    assert_eq!(read(b"", &first()).unwrap_err().code(), "weights-unrecognised");
}

/// A file on a device that is taken away after some bytes.
struct Lost(Cursor<Vec<u8>>, u64);

impl Read for Lost {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0.position() >= self.1 { Err(io::Error::other("the device is gone")) } else { self.0.read(buffer) }
    }
}

impl Seek for Lost {
    fn seek(&mut self, place: SeekFrom) -> io::Result<u64> {
        self.0.seek(place)
    }
}

#[test]
fn a_file_that_cannot_be_read_says_so() {
    // Larger than a buffer, so that the wanted layer is read after the header.
    let bytes = file(&[
        ("a.padding", &[40_000], &vec![0.0; 40_000]),
        ("features.0.weight", &[64, 3, 3, 3], &[0.0; 1728]),
        ("features.0.bias", &[64], &[0.0; 64]),
    ]);
    for lost in [0, 100_000] {
        let error = import(&mut Lost(Cursor::new(bytes.clone()), lost), &first()).unwrap_err();
        assert_eq!((error.code(), error.to_string().as_str()), ("weights-unreadable", "the file could not be read: the device is gone"));
    }
    assert!(import(&mut Lost(Cursor::new(bytes), u64::MAX), &first()).is_ok());
}
