"""Weight files: what is saved comes back, and nothing that a file may hold does harm or gives a traceback."""

import json
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from model_helpers import NAMES, TINY, random_views, wild_model
from safetensors.torch import save_file

from rust_edu import RUST
from rust_edu.errors import InputError, WeightsError
from rust_edu.models import SRT
from rust_edu.models.config import ModelConfig
from rust_edu.models.weights import load_weights, save_weights, shipped_weights

RECORD = {"steps": 3, "noise": 0.1, "versions": {"torch": "2"}, "last": {"psnr": 20.5}}


def refuses(path: Path, says: str, kind=None) -> str:
    """The one line with which loading is refused."""
    with pytest.raises(WeightsError, match=says) as caught:
        load_weights(path, kind)
    line = str(caught.value)
    assert "\n" not in line and len(line) < 1000 and line.endswith(".")
    return line


MODEL = wild_model("rust")


@pytest.fixture
def saved(tmp_path) -> Path:
    save_weights(tmp_path / "rust-tiny.safetensors", MODEL, RECORD)
    return tmp_path / "rust-tiny.safetensors"


def rewrite(path: Path, tensors: dict | None = None, **description) -> Path:
    """The file again, with other tensors or another description."""
    about = MODEL.description() | {"record": RECORD} | description
    save_file(MODEL.state_dict() if tensors is None else tensors, path, {"rust_edu": json.dumps(about)})
    return path


def with_config(path: Path, **changed) -> Path:
    """The file again, with other numbers in its configuration."""
    return rewrite(path, config=MODEL.description()["config"] | changed)


# ------------------------------------------------------------------------------------------- round trip


@pytest.mark.parametrize("name", NAMES)
def test_what_is_saved_comes_back(name, tmp_path):
    model = wild_model(name).train()
    save_weights(tmp_path / "new" / "folder" / "w.safetensors", model, RECORD)
    state = torch.random.get_rng_state()
    again, record = load_weights(tmp_path / "new" / "folder" / "w.safetensors", type(model))
    assert torch.equal(state, torch.random.get_rng_state()), "loading draws no random numbers"
    assert type(again) is type(model) and again.config == TINY and record == RECORD
    assert not again.training and all(p.requires_grad for p in again.parameters())
    assert not any(t.is_meta for t in (*again.parameters(), *again.buffers()))
    inputs, targets = random_views(2, 4).split(2)
    assert torch.equal(again.predict(inputs, targets), model.predict(inputs, targets))


def test_a_loaded_model_does_not_hang_on_its_file(saved):
    model, _ = load_weights(saved)
    saved.write_bytes(b"\0" * saved.stat().st_size)
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), MODEL.parameters()))


def test_from_pretrained_finds_what_ships(nothing_ships):
    save_weights(shipped_weights("rust", "laptop"), MODEL, RECORD)
    loaded = RUST.from_pretrained()
    assert all(torch.equal(a, b) for a, b in zip(loaded.parameters(), MODEL.parameters()))
    with pytest.raises(WeightsError, match="rust-orbit.safetensors; expected one of: rust-laptop"):
        RUST.from_pretrained("orbit")


def test_half_precision_is_read_as_single(saved):
    rewrite(saved, {key: value.half() for key, value in MODEL.state_dict().items()})
    assert {p.dtype for p in load_weights(saved)[0].parameters()} == {torch.float32}


# --------------------------------------------------------------------------------------- damaged, foreign


def test_a_missing_file_names_those_that_are_there(saved):
    line = refuses(saved.parent / "srt-tiny.safetensors", "no weights at")
    assert "rust-tiny.safetensors" in line
    assert "that folder has none" in refuses(saved.parent / "nowhere" / "w.safetensors", "no weights at")


def test_a_path_that_is_no_file(saved):
    refuses(saved.parent, "is damaged|no weights")
    refuses(saved / "below", "is damaged|no weights")
    refuses(Path("x" * 400), "is damaged|no weights")  # longer than a name may be


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 0.999))
def test_a_truncated_file(saved, share):
    whole = saved.read_bytes()
    cut = saved.with_name("cut.safetensors")
    cut.write_bytes(whole[:int(share * len(whole))])
    refuses(cut, "is damaged")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(garbage=st.binary(max_size=200))
def test_garbage(tmp_path, garbage):
    path = tmp_path / "garbage.safetensors"
    path.write_bytes(garbage)
    refuses(path, "is damaged|does not say which model")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=st.integers(0, 2500), value=st.integers(0, 255))
def test_a_changed_byte_loads_or_is_refused_in_one_line(saved, where, value):
    """In the header; a changed number among the tensors cannot be told from another training."""
    data = bytearray(saved.read_bytes())
    data[where] = value
    path = saved.with_name("changed.safetensors")
    path.write_bytes(data)
    try:
        load_weights(path)
    except WeightsError as error:
        assert "\n" not in str(error)


def test_weights_of_another_project(tmp_path):
    path = tmp_path / "foreign.safetensors"
    for metadata in (None, {"format": "pt"}, {"rust_edu": "null"}, {"rust_edu": '{"model": "vit"}'}):
        save_file({"weight": torch.zeros(3)}, path, metadata)
        refuses(path, "does not say which model it is for")
    save_file({"weight": torch.zeros(3)}, path, {"rust_edu": "{not json"})
    refuses(path, "is damaged")
    save_file({"weight": torch.zeros(3)}, path, {"rust_edu": "[" * 100_000})
    refuses(path, "is damaged")


def test_another_model_class(saved):
    refuses(saved, "holds a model 'rust'; expected 'srt'", SRT)


# ------------------------------------------------------------------------------------ hostile descriptions


@pytest.mark.parametrize("model", [["rust"], {"rust": 1}, 7, None, "", "RUST", "scene_model"])
def test_a_model_name_that_is_none(saved, model):
    refuses(rewrite(saved, model=model), "does not say which model")


@pytest.mark.parametrize("config", [None, [], "laptop", 3])
def test_a_configuration_that_is_none(saved, config):
    refuses(rewrite(saved, config=config), "no configuration")


def test_a_record_that_is_none(saved):
    refuses(rewrite(saved, record=[1]), "no record")


def test_an_unknown_field(saved):
    refuses(with_config(saved, depth=3), "has a field 'depth'")
    line = refuses(with_config(saved, **{"x\n" * 10_000: 3}), "has a field")
    assert len(line) < 500


@pytest.mark.parametrize("field, value", [
    ("size", 10**30), ("size", -16), ("size", 0), ("size", "16"), ("size", 16.0), ("size", None),
    ("size", [16]), ("width", 2**40), ("heads", 0), ("heads", True), ("encoder_layers", 10**9),
    ("encoder_layers", -1), ("decoder_layers", 0), ("latent", 10**12), ("octaves", 10**6),
    ("start_octave", -10**6), ("stem", "a\nb" * 999), ("stem", ["conv"]), ("stem", {}), ("render", 32),
    ("render", [32.5]), ("render", [-1]), ("render", [10**9]), ("render", [32] * 10**5), ("render", [[32]]),
    ("gelu", "yes"), ("query_patch", 3), ("query_width", -1),
])
def test_an_impossible_number_is_refused_before_anything_is_built(saved, field, value):
    refuses(with_config(saved, **{field: value}), "configuration in .* is impossible")


@pytest.mark.parametrize("field, value", [
    ("width", 64), ("width", 2**16), ("hidden", 2**16), ("encoder_layers", 256), ("latent", 8),
    ("render", []), ("render", [2**16] * 64), ("query_patch", 1), ("pixel_octaves", 6), ("patch", 2),
    ("query_width", 16), ("size", 2**16),
])
def test_possible_numbers_that_are_not_those_of_the_tensors(saved, field, value):
    """65536 wide and 64 layers deep would be a terabyte: refused by shapes alone."""
    refuses(with_config(saved, **{field: value}), "do not fit its configuration")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_configuration_gives_a_traceback(saved, data):
    fields = sorted(ModelConfig.__dataclass_fields__)
    anything = st.one_of(st.none(), st.booleans(), st.integers(-2**70, 2**70), st.floats(),
                         st.text(max_size=5), st.lists(st.integers(-9, 99), max_size=3),
                         st.sampled_from(["conv", 2, 4, 16, 32, 64]))
    changed = data.draw(st.dictionaries(st.sampled_from(fields), anything, min_size=1, max_size=3))
    try:
        again, _ = load_weights(with_config(saved, **changed))
    except WeightsError as error:
        assert "\n" not in str(error)
    else:
        assert all(a.shape == b.shape for a, b in zip(again.parameters(), MODEL.parameters()))


@pytest.mark.parametrize("edit, says", [
    ({"decoder.norm.weight": None}, "'decoder.norm.weight' is nothing"),
    ({"extra": torch.zeros(1)}, r"'extra' is \(1,\)"),
    ({"decoder.norm.weight": torch.zeros(1, 32)}, r"is \(1, 32\)\); expected \(32,\)"),
    ({"decoder.norm.weight": torch.zeros(32, dtype=torch.int64)}, "type torch.int64"),
    ({"decoder.norm.weight": torch.full((32,), torch.nan)}, "NaN"),
])
def test_tensors_that_do_not_fit(saved, edit, says):
    tensors = MODEL.state_dict() | edit
    refuses(rewrite(saved, {key: value for key, value in tensors.items() if value is not None}), says)


# ------------------------------------------------------------------------------------------------ writing


def test_a_failed_write_leaves_the_old_file_and_no_other(saved, monkeypatch):
    before = saved.read_bytes()

    def full_disk(path, content):
        with open(path, "wb") as file:
            file.write(content[:100])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full_disk)
    with pytest.raises(WeightsError, match="cannot write .*No space left on device"):
        save_weights(saved, wild_model("srt"), RECORD)
    assert saved.read_bytes() == before and list(saved.parent.iterdir()) == [saved]


def test_a_file_appears_whole_or_not_at_all(saved, monkeypatch):
    before = saved.read_bytes()

    def cannot(source, target):
        raise OSError(13, "Permission denied")

    monkeypatch.setattr("os.replace", cannot)
    with pytest.raises(WeightsError, match="cannot write .*Permission denied"):
        save_weights(saved, wild_model("srt"), RECORD)
    assert saved.read_bytes() == before and list(saved.parent.iterdir()) == [saved]


def test_a_folder_that_cannot_be(saved):
    for path in (saved / "below.safetensors", Path("/proc/none/w.safetensors")):
        with pytest.raises(WeightsError, match="cannot write"):
            save_weights(path, MODEL, RECORD)


def test_a_record_that_json_cannot_hold(tmp_path):
    with pytest.raises(InputError, match="a record that cannot be saved"):
        save_weights(tmp_path / "w.safetensors", MODEL, {"loss": torch.zeros(1)})
    assert list(tmp_path.iterdir()) == []
