import gzip

import pytest

from fascicle.web.assets import Asset, accepts_gzip, has


def test_a_file_is_compressed_once_and_tagged_by_its_content():
    asset, same, other = (Asset.of(content, "text/css") for content in (b"a" * 1000, b"a" * 1000, b"b" * 1000))
    assert gzip.decompress(asset.packed) == asset.content
    assert asset == same
    assert asset.tag != other.tag


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        ("gzip", True),
        ("gzip, deflate, br, zstd", True),
        ("deflate,GZIP;q=0.5", True),
        ("br, *", True),
        ("*;q=0.1, br", True),
        ("", False),
        ("identity", False),
        ("br, gzip;q=0", False),
        ("gzip;q=0.000, *", False),
        ("*;q=0", False),
        ("xgzip", False),
        ("gzip2", False),
        (";;,=q gzip;q=;", False),
    ],
)
def test_gzip_goes_to_those_who_accept_it(header, accepted):
    assert accepts_gzip(header) is accepted


@pytest.mark.parametrize(
    ("header", "known"),
    [
        ('"abc"', True),
        ('W/"abc"', True),
        ('"x", "abc"', True),
        ("*", True),
        ("", False),
        ("abc", False),
        ('"abcd"', False),
        ('"abc-gzip"', False),
    ],
)
def test_a_browser_that_names_the_tag_has_the_file(header, known):
    assert has('"abc"', header) is known
