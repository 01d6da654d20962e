import pytest

from auditor.moves import Move, moved_addresses


def root(origin: str, target: str) -> Move:
    return Move(origin, target)


@pytest.mark.parametrize(
    ("moves", "before", "after", "moved"),
    [
        pytest.param(
            [root("aws_x.a", "aws_x.b")], ["aws_x.a"], ["aws_x.b"], {"aws_x.a": "aws_x.b"}, id="one"
        ),
        pytest.param(
            [root("aws_x.a", "aws_x.b")],
            ["aws_x.a[0]", "aws_x.a[1]", 'aws_x.a["k.l"]'],
            ["aws_x.b[0]", "aws_x.b[1]", 'aws_x.b["k.l"]'],
            {
                "aws_x.a[0]": "aws_x.b[0]",
                "aws_x.a[1]": "aws_x.b[1]",
                'aws_x.a["k.l"]': 'aws_x.b["k.l"]',
            },
            id="all instances",
        ),
        pytest.param(
            [root("aws_x.a[0]", 'aws_x.a["one"]'), root("aws_x.a[1]", 'aws_x.a["t.w[o]"]')],
            ["aws_x.a[0]", "aws_x.a[1]", "aws_x.a[2]"],
            ['aws_x.a["one"]', 'aws_x.a["t.w[o]"]'],
            {"aws_x.a[0]": 'aws_x.a["one"]', "aws_x.a[1]": 'aws_x.a["t.w[o]"]'},
            id="count to for_each",
        ),
        pytest.param(
            [root("aws_x.a", 'aws_x.a["k"]')],
            ["aws_x.a"],
            ['aws_x.a["k"]', 'aws_x.a["l"]'],
            {"aws_x.a": 'aws_x.a["k"]'},
            id="single to for_each",
        ),
        pytest.param(
            [root("aws_x.a", "aws_x.b"), root("aws_x.b", "aws_x.c")],
            ["aws_x.a"],
            ["aws_x.c"],
            {"aws_x.a": "aws_x.c"},
            id="chain",
        ),
        pytest.param(
            [root("aws_x.b", "aws_x.c"), root("aws_x.a", "aws_x.b")],
            ["aws_x.b"],
            ["aws_x.c"],
            {"aws_x.b": "aws_x.c"},
            id="joins a chain midway",
        ),
        pytest.param(
            [root("aws_x.a", "aws_x.b"), root("aws_x.b", "aws_x.a")],
            ["aws_x.a"],
            ["aws_x.c"],
            {},
            id="a circle ends",
        ),
        pytest.param(
            [root("module.a", "module.b")],
            ["module.a.aws_x.y", "module.a.module.z[0].aws_x.y[1]", "module.ab.aws_x.y"],
            ["module.b.aws_x.y", "module.b.module.z[0].aws_x.y[1]", "module.ab.aws_x.y"],
            {
                "module.a.aws_x.y": "module.b.aws_x.y",
                "module.a.module.z[0].aws_x.y[1]": "module.b.module.z[0].aws_x.y[1]",
            },
            id="module call",
        ),
        pytest.param(
            [root("module.a", 'module.a["eu"]')],
            ["module.a.aws_x.y"],
            ['module.a["eu"].aws_x.y'],
            {"module.a.aws_x.y": 'module.a["eu"].aws_x.y'},
            id="module gets for_each",
        ),
        pytest.param(
            [root("module.a[0]", "module.b")],
            ["module.a[0].aws_x.y", "module.a[1].aws_x.y"],
            ["module.b.aws_x.y"],
            {"module.a[0].aws_x.y": "module.b.aws_x.y"},
            id="one instance of a module",
        ),
        pytest.param(
            [root("aws_x.a", "module.m.aws_x.this")],
            ["aws_x.a[0]"],
            ["module.m.aws_x.this[0]"],
            {"aws_x.a[0]": "module.m.aws_x.this[0]"},
            id="into a module",
        ),
        pytest.param(
            [
                root(f'module.net["{k}"].aws_x.a', f'module.net["{k}"].aws_x.b')
                for k in ("eu", "us")
            ],
            ['module.net["eu"].aws_x.a', 'module.net["us"].aws_x.a', "aws_x.a"],
            ['module.net["eu"].aws_x.b', 'module.net["us"].aws_x.b', "aws_x.a"],
            {
                'module.net["eu"].aws_x.a': 'module.net["eu"].aws_x.b',
                'module.net["us"].aws_x.a': 'module.net["us"].aws_x.b',
            },
            id="inside every instance of a module",
        ),
        pytest.param(
            [root("module.a", "module.b"), root("module.b.aws_x.y", "module.b.aws_x.z")],
            ["module.a.aws_x.y"],
            ["module.b.aws_x.z"],
            {"module.a.aws_x.y": "module.b.aws_x.z"},
            id="module and then inside",
        ),
        pytest.param(
            [], ["aws_x.a"], ["aws_x.a[0]"], {"aws_x.a": "aws_x.a[0]"}, id="count is added"
        ),
        pytest.param(
            [], ["aws_x.a[0]"], ["aws_x.a"], {"aws_x.a[0]": "aws_x.a"}, id="count is taken away"
        ),
        pytest.param([], ["aws_x.a[1]"], ["aws_x.a"], {}, id="only instance 0 stays"),
        pytest.param([], ["aws_x.a"], ["aws_x.b"], {}, id="no moved block, no move"),
        pytest.param(
            [root("aws_x.a", "aws_x.b")],
            ["aws_x.a"],
            ["aws_x.a", "aws_x.b"],
            {},
            id="what is still there has not moved",
        ),
        pytest.param(
            [root("aws_x.a", "aws_x.b")],
            ["aws_x.a", "aws_x.b"],
            ["aws_x.b"],
            {},
            id="the place was taken",
        ),
        pytest.param(
            [root("aws_x.a", "aws_x.c"), root("aws_x.b", "aws_x.c")],
            ["aws_x.a", "aws_x.b"],
            ["aws_x.c"],
            {"aws_x.a": "aws_x.c"},
            id="two cannot get one place",
        ),
        pytest.param(
            [root("aws_x", "nonsense["), root("", "aws_x.b")],
            ["aws_x.a"],
            ["aws_x.b"],
            {},
            id="broken addresses",
        ),
        pytest.param(
            [root("aws_x.a", "aws_x.b")], ["aws_x.a.b"], ["aws_x.b.b"], {}, id="no prefix"
        ),
    ],
)
def test_where_addresses_went(
    moves: list[Move], before: list[str], after: list[str], moved: dict[str, str]
) -> None:
    assert moved_addresses(before, frozenset(after), moves) == moved
