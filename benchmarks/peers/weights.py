"""The GGUF files that the peers run: the pinned Q4_1 one of the default model, and a Q8_0 one made from it."""

from dataclasses import replace
from pathlib import Path

from core.files import replacing
from core.hub import ModelHub, read_manifest

from .venvs import PEERS

_MODEL = "smollm2-135m-instruct"


def q4_1() -> Path:
    """The pinned file, fetched and verified as ``r1 models pull`` does it and not converted.

    Raises:
        R1Error: as :meth:`core.hub.ModelHub.pull`.
    """
    hub = ModelHub(PEERS, {_MODEL: replace(read_manifest()[_MODEL], convert="")})
    return hub.pull(_MODEL) / "model.gguf"


def q8_0() -> Path:
    """The same weights at 8 bits, which is what R1's INT8 decode reads: 34 bytes per 32 weights."""
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
