"""The public module loads what is asked for and no more."""

import ast
import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest

import deepseek_r1


@pytest.mark.parametrize("name", deepseek_r1.__all__)
def test_every_name_is_listed_and_known_where_it_is_made(name: str) -> None:
    assert name in dir(deepseek_r1)
    assert name in {"Model", *deepseek_r1._MODULES}


def test_type_checkers_see_the_same_names() -> None:
    tree = ast.parse(Path(deepseek_r1.__file__).read_text("utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    seen = {alias.asname: node.module for node in imports for alias in node.names if alias.asname == alias.name}
    assert len(imports) == len(block.body) == len(seen)
    assert seen == deepseek_r1._MODULES


def test_a_name_that_is_not_there_is_refused_as_in_any_module() -> None:
    with pytest.raises(AttributeError, match="'deepseek_r1' has no attribute 'Traner'"):
        _ = deepseek_r1.Traner


def test_the_version_is_that_of_the_package() -> None:
    assert deepseek_r1.__version__ == deepseek_r1.Model.get_version() == importlib.metadata.version("r1-suite")


@pytest.mark.parametrize(
    "names",
    ["Model.get_version()", "ConversationModel, deepseek_r1.LoraConfig"],
)
def test_what_needs_no_model_loads_no_torch(names: str) -> None:
    program = f"import sys, deepseek_r1; deepseek_r1.{names}; print({{'torch', 'transformers'}} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
