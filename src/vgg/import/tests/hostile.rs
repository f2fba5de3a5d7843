//! Pickles that nobody's `torch.save` wrote.

use super::super::pickle::{Node, load};
use super::{code, read, wanted};

/// A legacy file around an object's pickle.
fn legacy(object: &[u8], keys: &[u8], data: &[u8]) -> Vec<u8> {
    let magic = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
    [magic, b"\x80\x02M\xe9\x03.".as_slice(), b"\x80\x02}q\x00.", object, keys, data].concat()
}

fn code_of(pickle: &[u8]) -> &'static str {
    load(&mut &pickle[..]).map_or_else(|error| error.code(), |_| "none")
}

#[test]
fn a_name_that_weights_do_not_need_is_refused_and_named() {
    for (object, global) in [
        (b"\x80\x02cos\nsystem\nX\x09\x00\x00\x00echo harm\x85R.".as_slice(), "os.system"),
        (b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x02ls\x85R.", "posix.system"),
        (b"\x80\x02cbuiltins\neval\n.", "builtins.eval"),
        (b"\x80\x02ctorch._utils\n_rebuild_tensor_v2.__globals__\n.", "torch._utils._rebuild_tensor_v2.__globals__"),
        (b"\x80\x02ctorch.storage\n_load_from_bytes\n.", "torch.storage._load_from_bytes"),
        (b"\x80\x02c\x1b[2Jos\nsystem\n.", "[2Jos.system"),
    ] {
        let error = read(&legacy(object, b"\x80\x02].", b""), &wanted()).unwrap_err();
        assert_eq!((error.code(), error.to_string()), ("weights-unsafe", format!("the file names {global}, which weights do not need")));
    }
    let long = [b"c".as_slice(), &[b'a'; 250], b"\n", &[b'b'; 250], b"\n."].concat();
    assert!(load(&mut long.as_slice()).unwrap_err().to_string().len() < 200);
}

#[test]
fn operations_that_do_not_fit_the_stack_are_damage() {
    for pickle in [
        b".".as_slice(),
        b"0.",
        b"1.",
        b"2.",
        b"a.",
        b"]a.",
        b"(e.",
        b"(s.",
        b"}K\x01s.",
        b"(K\x01u.",
        b"}(K\x01u.",
        b"K\x01K\x02a.",
        b"K\x01(0.",
        b"K\x01(\x85.",
        b"(K\x01\x86.",
        b"K\x01(.",
        b"t.",
        b"\x94.",
        b"q\x00.",
        b"h\x00.",
        b"K\x01q\x00j\x01\x00\x00\x00.",
        b"K\x01)R.",
        b")R.",
        b"ccollections\nOrderedDict\nR.",
        b"ccollections\nOrderedDict\nK\x01\x85R.",
        b"ccollections\nOrderedDict\n]K\x01a\x85R.",
        b"ctorch._utils\n_rebuild_tensor_v2\n)R.",
        b"ctorch\nFloatStorage\n)R.",
        b"K\x01K\x02\x93.",
        b"K\x01Q.",
        b")Q.",
        b"b.",
        b"\xff.",
        b"\x00.",
    ] {
        assert_eq!(code_of(pickle), "weights-damaged", "{}", pickle.escape_ascii());
    }
}

#[test]
fn operations_that_pytorch_does_not_write_are_unsupported() {
    for pickle in [b"I1\n.".as_slice(), b"(ios\nsystem\n.", b"(o.", b"\x82\x01.", b"\x97."] {
        assert_eq!(code_of(pickle), "weights-unsupported", "{}", pickle.escape_ascii());
    }
}

#[test]
fn absurd_lengths_take_no_memory() {
    for pickle in [
        b"X\xff\xff\xff\xffab".as_slice(),
        b"T\xff\xff\xff\xff.",
        b"\x8d\xff\xff\xff\xff\xff\xff\xff\xff.",
        b"\x8e\xff\xff\xff\xff\xff\xff\xff\xff.",
        b"\x96\xff\xff\xff\xff\xff\xff\xff\xff.",
        b"\x8b\xff\xff\xff\xff.",
        b"\x8a\xff.",
        b"X\x05\x00\x00\x00ab",
        b"",
        b"\x80",
    ] {
        assert_eq!(code_of(pickle), "weights-truncated", "{}", pickle.escape_ascii());
    }
    assert_eq!(code_of(&[b"c".as_slice(), &[b'a'; 1 << 12]].concat()), "weights-damaged");
    assert_eq!(code_of(&[b"\x8b\x00\x10\x00\x00".as_slice(), &[1; 4096], b"."].concat()), "weights-damaged");
}

#[test]
fn deep_and_endless_pickles_end() {
    let deep = |operation: &[u8]| [b")".as_slice(), &operation.repeat(500_000), b"."].concat();
    assert_eq!(code_of(&deep(b"\x85")), "none");
    assert_eq!(code_of(&deep(b"2")), "none");
    assert_eq!(code_of(&deep(b"(")), "weights-damaged");
    assert_eq!(code_of(&b"N".repeat(1 << 21)), "weights-unsupported");
    // A hundred tuples, each of the one before it twice: 2^100 values for whoever walked them.
    assert_eq!(code_of(&[b")".as_slice(), &b"2\x86".repeat(100), b"."].concat()), "none");
    // A state dict that contains itself under the key that is followed.
    let own = b"\x80\x02}q\x00X\x0a\x00\x00\x00state_dicth\x00s.";
    assert_eq!(code(&legacy(own, b"\x80\x02].", b"")), "weights-layer-missing");
    // The same pairs for many dicts, and the same shape for many tensors, are not multiplied.
    let pairs = [b"]q\x00(".as_slice(), &b"N".repeat(1000), b"\x86".repeat(400).as_slice(), b"e0"].concat();
    let dicts = b"ccollections\nOrderedDict\nh\x00\x85R".repeat(1000);
    assert_eq!(code_of(&[pairs, dicts, b".".to_vec()].concat()), "weights-damaged");
}

#[test]
fn integers_are_read_with_their_sign() {
    for (pickle, number) in [
        (b"K\xff.".as_slice(), 255),
        (b"M\xff\xff.", 65_535),
        (b"J\xff\xff\xff\xff.", -1),
        (b"\x8a\x00.", 0),
        (b"\x8a\x01\xfe.", -2),
        (b"\x8a\x02\xff\x00.", 255),
        (b"\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x80.", i64::MIN),
        (b"\x8b\x01\x00\x00\x00\x07.", 7),
    ] {
        assert_eq!(load(&mut &pickle[..]).unwrap().root(), &Node::Int(number), "{}", pickle.escape_ascii());
    }
}

#[test]
fn a_dict_of_python_2_has_its_pairs_as_an_argument() {
    let pickle = load(&mut b"\x80\x02ccollections\nOrderedDict\nq\x00]q\x01(]q\x02(U\x03keyK\x05ee\x85Rq\x03.".as_slice()).unwrap();
    let Node::Dict(dict) = pickle.root() else { panic!("{pickle:?}") };
    assert_eq!((pickle.text(dict[0].0), pickle.get(dict[0].1)), (Some("key"), &Node::Int(5)));
}

/// A state dict of one tensor, `[2, 3]` in a storage of eight floats under the key `k`.
fn tensor(offset: i32, shape: [u8; 2], strides: [u8; 2], view: &[u8]) -> Vec<u8> {
    let object = [
        b"\x80\x02}X\x03\x00\x00\x00keyctorch._utils\n_rebuild_tensor_v2\n((U\x07storagectorch\nFloatStorage\nU\x01kU\x03cpuK\x08",
        view,
        b"tQJ",
        &offset.to_le_bytes(),
        &[b'K', shape[0], b'K', shape[1], 0x86, b'K', strides[0], b'K', strides[1], 0x86],
        b"\x89Nt",
        b"Rs.",
    ];
    legacy(&object.concat(), b"\x80\x02]U\x01ka.", &[&8_u64.to_le_bytes()[..], &[0; 32]].concat())
}

#[test]
fn tensors_outside_their_storage_are_damage() {
    // What would be `key` is not wanted, so a tensor that fits leaves the wanted layer missing.
    assert_eq!(code(&tensor(0, [2, 3], [3, 1], b"N")), "weights-layer-missing");
    assert_eq!(code(&tensor(2, [2, 3], [3, 1], b"N")), "weights-layer-missing");
    assert_eq!(code(&tensor(3, [2, 3], [3, 1], b"N")), "weights-damaged");
    assert_eq!(code(&tensor(-1, [2, 3], [3, 1], b"N")), "weights-damaged");
    assert_eq!(code(&tensor(i32::MAX, [255, 255], [255, 1], b"N")), "weights-damaged");
    // A storage that is itself a view, as old files have them: its key, its offset, its length.
    assert_eq!(code(&tensor(0, [2, 3], [3, 1], b"U\x01vK\x02K\x06\x87")), "weights-layer-missing");
    assert_eq!(code(&tensor(1, [2, 3], [3, 1], b"U\x01vK\x02K\x06\x87")), "weights-damaged");
    assert_eq!(code(&tensor(0, [2, 3], [3, 1], b"U\x01vK\x03K\x06\x87")), "weights-damaged");
}
