"""The texts for models: what they quote is there, and what they are given is strict."""

from hypothesis import given
from hypothesis import strategies as st

from hocket.runtime.conversation import Message, Role
from hocket.runtime.prompts import schemas, templates
from hocket.runtime.protocol.frames import ToolSchema

TYPES = st.sampled_from(["string", "number", "boolean"]).map(lambda name: {"type": name})
PROPERTIES = st.dictionaries(
    st.text("abc", min_size=1), TYPES | st.just(dict[str, str]()), max_size=4
)


def test_no_template_speaks_of_what_is_not_there() -> None:
    """Fixed texts quote no tool and no argument: which there are differs from run to run."""
    texts = (
        templates.system((), delegates=True),
        *(templates.SUMMARY, templates.EXTRACTION, templates.EPISODE, templates.END_WITH_A_TOOL),
    )
    assert [name for text in texts for name in templates.mentioned(text)] == []


def test_blocks_are_of_the_thread_and_of_the_user() -> None:
    """A summary at the head of the history is a block, and so is what is remembered."""
    said = (Message(Role.SUMMARY, "long ago"), Message(Role.USER, "hello"))
    found = templates.blocks(said, "likes tea")
    assert found == (("summary", "long ago"), ("memory", "likes tea"))
    assert templates.blocks(said[1:], "") == ()
    text = templates.system(found, delegates=False)
    assert "long ago" in text
    assert "likes tea" in text


@given(PROPERTIES, st.data())
def test_strict_schemas_require_everything_and_allow_nothing_else(
    properties: dict[str, dict[str, str]], data: st.DataObject
) -> None:
    """What may be left out is nullable instead; making a strict schema strict changes nothing."""
    required = sorted(name for name in properties if data.draw(st.booleans()))
    strict = schemas.strict(
        ToolSchema("f", "", {"properties": properties, "required": required})
    ).parameters
    assert strict["additionalProperties"] is False
    assert strict["required"] == list(properties)
    for name, value in strict["properties"].items():
        if properties[name] and name not in required:
            assert value["type"] == [properties[name]["type"], "null"]
        else:
            assert value == properties[name]
    assert schemas.strict(ToolSchema("f", "", strict)).parameters == strict


def test_a_tool_that_does_not_say_what_it_takes_takes_anything() -> None:
    """Its schema stays as it is, and every call fits."""
    open_one = ToolSchema("f", "", {})
    assert schemas.strict(open_one) == open_one
    assert schemas.misfit(open_one, {"anything": 1}) is None


def test_a_call_fits_or_says_why_not() -> None:
    """Unknown arguments and missing ones are named."""
    schema = ToolSchema("f", "", {"properties": {"a": {}, "b": {}}, "required": ["a"]})
    assert schemas.misfit(schema, {"a": 1}) is None
    assert schemas.misfit(schema, {"a": 1, "c": 2}) == "f takes no argument 'c'"
    assert schemas.misfit(schema, {"b": 1}) == "f needs the argument 'a'"
