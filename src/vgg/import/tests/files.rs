//! Files that PyTorch wrote.

use super::super::Convention;
use super::{assert_is_the_network, code, read, values, wanted};

macro_rules! golden {
    ($name:literal) => {
        ($name, include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/goldens/weights/", $name)).as_slice())
    };
}

const FILES: [(&str, &[u8]); 7] = [
    golden!("zip.pth"),
    golden!("legacy.pth"),
    golden!("shared_half_zip.pth"),
    golden!("shared_legacy.pth"),
    golden!("checkpoint_bf16.pth"),
    golden!("torchvision_bf16.safetensors"),
    CAFFE,
];
const CAFFE: (&str, &[u8]) = golden!("caffe.safetensors");

#[test]
fn every_form_gives_the_same_network() {
    for (name, bytes) in FILES {
        let imported = read(bytes, &wanted()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(imported.convention == Convention::Caffe, name == CAFFE.0, "{name}");
        assert_is_the_network(&imported);
    }
}

#[test]
fn a_file_that_lacks_its_last_byte_is_truncated() {
    for (name, bytes) in FILES {
        assert_eq!(code(&bytes[..bytes.len() - 1]), "weights-truncated", "{name}");
    }
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    for (name, bytes) in FILES {
        for length in 0..bytes.len() {
            let code = code(&bytes[..length]);
            // Of a file's first bytes nobody can say what it would have been.
            let expected = if length < 32 { &["weights-truncated", "weights-unrecognised"] } else { &["weights-truncated"; 2] };
            assert!(expected.contains(&code), "{name} cut to {length}: {code}");
        }
    }
}

#[test]
fn an_altered_byte_never_makes_a_panic_nor_another_network_where_there_are_checksums() {
    let wanted = wanted();
    for (name, bytes) in FILES {
        let checked = bytes.starts_with(b"PK").then(|| read(bytes, &wanted).unwrap());
        let mut altered = bytes.to_vec();
        // Every third byte: all of them take a minute without optimisation.
        for place in (0..bytes.len()).step_by(3) {
            altered[place] ^= [0x01, 0x80, 0xff][place / 3 % 3];
            match (read(&altered, &wanted), &checked) {
                (Err(error), _) => assert!(error.code().starts_with("weights-"), "{name}"),
                (Ok(found), Some(expected)) => assert!(found == *expected, "{name}: byte {place}"),
                (Ok(_), None) => {}
            }
            altered[place] = bytes[place];
        }
    }
}

#[test]
fn a_missing_layer_is_named() {
    let mut wanted = wanted();
    wanted[3].feature = 99;
    let error = read(FILES[1].1, &wanted).unwrap_err();
    assert_eq!((error.code(), error.to_string()), ("weights-layer-missing", "the file has no features.99.weight for conv2_2".to_owned()));
}

#[test]
fn a_layer_of_another_shape_is_named_with_both_shapes() {
    let mut wanted = wanted();
    wanted[1].output = 64;
    let error = read(FILES[0].1, &wanted).unwrap_err();
    assert_eq!((error.code(), error.to_string()), ("weights-shape", "conv1_2 is 2×2×3×3, not 64×2×3×3".to_owned()));
}

#[test]
fn weights_in_another_memory_format_are_refused() {
    let error = read(golden!("channels_last.pth").1, &wanted()[..1]).unwrap_err();
    assert_eq!((error.code(), error.to_string().as_str()), ("weights-unsupported", "not supported: features.0.weight is not contiguous"));
}

#[test]
fn archives_of_another_content_are_refused() {
    let altered = |from: &[u8], to: &[u8]| {
        let mut bytes = FILES[0].1.to_vec();
        for place in 0..bytes.len() - from.len() {
            if bytes[place..].starts_with(from) {
                bytes[place..place + to.len()].copy_from_slice(to);
            }
        }
        bytes
    };
    assert_eq!(code(&altered(b"data.pkl", b"dump.pkl")), "weights-unrecognised");
    assert_eq!(code(&altered(b"little", b"biggie")), "weights-unsupported");
    // A directory record: versions, flags, the method 8, which is deflate. The first record is that of data.pkl.
    let record = FILES[0].1.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    let mut deflated = FILES[0].1.to_vec();
    deflated[record + 10] = 8;
    assert_eq!(code(&deflated), "weights-unsupported");
    assert_eq!(code(&altered(b"zip/data/7", b"zip/date/7")), "weights-damaged");
}

#[test]
fn a_weight_that_does_not_match_its_checksum_is_damage_and_no_checksum_is_none() {
    let mut bytes = FILES[0].1.to_vec();
    // The first weight of conv2_1, as it lies there.
    let wanted = wanted();
    let weight: Vec<u8> = values(wanted[2].feature, 0, 8).iter().flat_map(|value| value.to_le_bytes()).collect();
    let place = bytes.windows(weight.len()).position(|window| window == weight).unwrap();
    bytes[place] ^= 1;
    let error = read(&bytes, &wanted).unwrap_err();
    assert_eq!((error.code(), error.to_string().as_str()), ("weights-damaged", "the file is damaged: a part does not match its checksum"));
    // As `torch.serialization.set_crc32_options(False)` leaves the directory's records: zeros.
    let records: Vec<usize> = (0..bytes.len()).filter(|&at| bytes[at..].starts_with(b"PK\x01\x02")).collect();
    for record in records {
        bytes[record + 16..record + 20].fill(0);
    }
    assert!(read(&bytes, &wanted).is_ok());
}
