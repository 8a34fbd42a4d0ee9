import pytest

from patterns.packages import (
    Package,
    UnknownPackageError,
    canonical_name,
    with_dependencies,
)


@pytest.mark.parametrize("name", ["Ruamel_YAML", "ruamel.yaml", "RUAMEL--yaml"])
def test_names_are_compared_as_indexes_do(name: str) -> None:
    assert canonical_name(name) == "ruamel-yaml"


def test_dependencies_come_along() -> None:
    known = {
        "a": Package("a", "1", depends=("b", "c")),
        "b": Package("b", "1", depends=("c",)),
        "c": Package("c", "1", depends=("a",)),
        "d": Package("d", "1"),
    }
    assert with_dependencies(["A"], known) == ["a", "b", "c"]


def test_a_dependency_that_is_not_there_is_named() -> None:
    known = {"a": Package("a", "1", depends=("lost",))}
    with pytest.raises(UnknownPackageError, match="no package 'lost': add it") as caught:
        with_dependencies(["a"], known)
    assert caught.value.package == "lost"
