//! What a pickle brings in, judged name by name. A list of what is dangerous is passed by what nobody thought of, so the list is of what is
//! harmless, exact to the name; whatever else is there wherever such files are loaded is dangerous.

use serde::{Deserialize, Serialize};

use super::Verdict;
use super::python::is_there;

/// Something that a pickle brings in.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Import {
    /// The module.
    pub module: String,
    /// The name in it.
    pub name: String,
    /// Whether it is called.
    pub called: bool,
    /// Whether something is put into it, as into a class.
    pub changed: bool,
}

/// Types and constructors that hold data and do nothing else: modules that have the same, and their names.
const HARMLESS: [(&[&str], &[&str]); 20] = [
    (&["collections"], &["Counter", "OrderedDict", "defaultdict", "deque"]),
    (&["_codecs"], &["encode"]),
    (&["copyreg", "copy_reg"], &["_reconstructor"]),
    (
        &["builtins", "__builtin__"],
        &[
            "bool",
            "bytearray",
            "bytes",
            "complex",
            "dict",
            "float",
            "frozenset",
            "int",
            "list",
            "long",
            "object",
            "range",
            "set",
            "slice",
            "str",
            "tuple",
            "unicode",
            "xrange",
        ],
    ),
    (&["datetime"], &["date", "datetime", "time", "timedelta", "timezone"]),
    (&["decimal"], &["Decimal"]),
    (&["fractions"], &["Fraction"]),
    (&["uuid"], &["UUID"]),
    (&["argparse"], &["Namespace"]),
    (&["types"], &["SimpleNamespace"]),
    (
        &["pathlib", "pathlib._local"],
        &["Path", "PosixPath", "PurePath", "PurePosixPath", "PureWindowsPath", "WindowsPath"],
    ),
    (
        &["numpy"],
        &[
            "bool",
            "bool_",
            "complex128",
            "complex64",
            "dtype",
            "float16",
            "float32",
            "float64",
            "int16",
            "int32",
            "int64",
            "int8",
            "ndarray",
            "str_",
            "uint16",
            "uint32",
            "uint64",
            "uint8",
        ],
    ),
    (&["numpy.core.multiarray", "numpy._core.multiarray"], &["_reconstruct", "scalar"]),
    (&["numpy.core.numeric", "numpy._core.numeric"], &["_frombuffer"]),
    (
        &["torch"],
        &[
            "BFloat16Storage",
            "BoolStorage",
            "ByteStorage",
            "CharStorage",
            "ComplexDoubleStorage",
            "ComplexFloatStorage",
            "ComplexHalfStorage",
            "DoubleStorage",
            "FloatStorage",
            "FloatTensor",
            "HalfStorage",
            "IntStorage",
            "LongStorage",
            "LongTensor",
            "QInt32Storage",
            "QInt8Storage",
            "QUInt2x4Storage",
            "QUInt4x2Storage",
            "QUInt8Storage",
            "ShortStorage",
            "Size",
            "Tensor",
            "bfloat16",
            "bool",
            "complex128",
            "complex32",
            "complex64",
            "device",
            "double",
            "float",
            "float16",
            "float32",
            "float64",
            "float8_e4m3fn",
            "float8_e4m3fnuz",
            "float8_e5m2",
            "float8_e5m2fnuz",
            "half",
            "int",
            "int16",
            "int32",
            "int64",
            "int8",
            "long",
            "qint32",
            "qint8",
            "per_channel_affine",
            "per_channel_affine_float_qparams",
            "per_channel_symmetric",
            "per_tensor_affine",
            "per_tensor_symmetric",
            "quint2x4",
            "quint4x2",
            "quint8",
            "short",
            "uint16",
            "uint32",
            "uint64",
            "uint8",
        ],
    ),
    (
        &["torch._utils"],
        &[
            "_rebuild_device_tensor_from_numpy",
            "_rebuild_meta_tensor_no_storage",
            "_rebuild_nested_tensor",
            "_rebuild_parameter",
            "_rebuild_parameter_with_state",
            "_rebuild_qtensor",
            "_rebuild_sparse_csr_tensor",
            "_rebuild_sparse_tensor",
            "_rebuild_tensor",
            "_rebuild_tensor_v2",
            "_rebuild_tensor_v3",
        ],
    ),
    (&["torch.storage"], &["TypedStorage", "UntypedStorage"]),
    (&["torch.nn.parameter"], &["Buffer", "Parameter"]),
    (&["torch.serialization"], &["_get_layout"]),
    (&["torch._tensor"], &["_rebuild_from_type_v2"]),
];

impl Import {
    /// As people write it.
    pub fn full_name(&self) -> String {
        format!("{}.{}", self.module, self.name)
    }

    /// Whether its module is there wherever such files are loaded.
    pub fn is_there(&self) -> bool {
        is_there(&self.module)
    }

    /// Whether it is known to hold data and do nothing else.
    pub fn is_harmless(&self) -> bool {
        let lists = HARMLESS.iter().filter(|(modules, _)| modules.contains(&self.module.as_str()));
        lists.map(|(_, names)| names).any(|names| names.contains(&self.name.as_str()))
    }

    /// How bad it is, and why.
    pub fn judge(&self) -> (Verdict, String) {
        let name = self.full_name();
        // From protocol 4 on a name with a dot reaches into what it names, whatever that is.
        if self.name.contains('.') {
            return (Verdict::Dangerous, format!("{name} reaches into what it brings in"));
        }
        match (self.is_harmless(), self.changed) {
            (true, false) => (Verdict::NothingFound, format!("{name} holds data")),
            (true, true) => (Verdict::Suspicious, format!("something is put into {name} itself")),
            (false, _) if self.is_there() => {
                let what = if self.called { "is called" } else { "is brought in" };
                (Verdict::Dangerous, format!("{name} {what}, and is not among what only holds data"))
            }
            (false, _) => {
                (Verdict::Suspicious, format!("{name} is not known here: what it does is up to that library"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn import(module: &str, name: &str) -> Import {
        Import { module: module.into(), name: name.into(), called: true, changed: false }
    }

    #[test]
    fn what_only_holds_data_is_known_by_its_whole_name() {
        let verdict = |module: &str, name: &str| import(module, name).judge().0;
        for (module, name) in [
            ("collections", "OrderedDict"),
            ("torch._utils", "_rebuild_tensor_v2"),
            ("numpy._core.multiarray", "_reconstruct"),
            ("__builtin__", "set"),
        ] {
            assert_eq!(verdict(module, name), Verdict::NothingFound, "{module}.{name}");
        }
        for (module, name) in [
            ("os", "system"),
            ("builtins", "eval"),
            ("builtins", "getattr"),
            ("torch.hub", "load"),
            ("torch.storage", "_load_from_bytes"),
            ("numpy.testing._private.utils", "runstring"),
            ("pip", "main"),
            ("bdb", "Bdb.run"),
            ("timeit", "timeit"),
            ("collections", "OrderedDict.fromkeys"),
            ("functools", "partial"),
            ("operator", "attrgetter"),
        ] {
            assert_eq!(verdict(module, name), Verdict::Dangerous, "{module}.{name}");
        }
        assert_eq!(verdict("sklearn.svm._classes", "SVC"), Verdict::Suspicious);
        let changed = Import { changed: true, ..import("collections", "OrderedDict") };
        assert_eq!(changed.judge().0, Verdict::Suspicious);
        let brought = Import { called: false, ..import("os", "system") };
        assert_eq!(brought.judge().0, Verdict::Dangerous, "also what is not called");
    }
}
