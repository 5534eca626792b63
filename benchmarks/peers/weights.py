"""The GGUF files for the peers: the pinned Q4_1 file of the default model, and a Q8_0 file made from it."""

from dataclasses import replace
from pathlib import Path

from core.files import replacing
from core.hub import ModelHub, read_manifest

from .venvs import PEERS

_MODEL = "smollm2-135m-instruct"


def q4_1() -> Path:
    """The pinned file, fetched and verified as by ``r1 models pull`` but not converted.

    Raises:
        R1Error: as :meth:`core.hub.ModelHub.pull`.
    """
    hub = ModelHub(PEERS, {_MODEL: replace(read_manifest()[_MODEL], convert="")})
    return hub.pull(_MODEL) / "model.gguf"


def q8_0() -> Path:
    """The same weights at 8 bits, 34 bytes per 32 weights: about what R1 reads in INT8 decoding."""
    target = PEERS / f"{_MODEL}-q8_0.gguf"
    if not target.is_file():
        print(f"making {target.name} from the pinned Q4_1 weights", flush=True)
        with replacing(target) as partial:
            _requantise(q4_1(), partial)
    return target


def _requantise(source: Path, target: Path) -> None:
    import gguf
    from gguf.quants import dequantize, quantize

    reader = gguf.GGUFReader(source)
    writer = gguf.GGUFWriter(target, str(reader.fields["general.architecture"].contents()))
    for name, field in reader.fields.items():
        if not name.startswith("GGUF.") and name not in ("general.architecture", "general.file_type"):
            subtype = field.types[-1] if field.types[0] == gguf.GGUFValueType.ARRAY else None
            writer.add_key_value(name, field.contents(), field.types[0], subtype)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    for tensor in reader.tensors:
        if tensor.tensor_type == gguf.GGMLQuantizationType.Q4_1:
            blocks = quantize(dequantize(tensor.data, tensor.tensor_type), gguf.GGMLQuantizationType.Q8_0)
            writer.add_tensor(tensor.name, blocks, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
        else:  # norms are F32, the embedding is Q8_0 already
            writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
