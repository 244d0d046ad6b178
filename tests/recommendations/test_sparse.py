"""The arithmetic on sparse matrices against the same on dense ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from reviewhub.recommendations import sparse

DENSE = st.tuples(st.integers(1, 7), st.integers(1, 6)).flatmap(
    lambda shape: arrays.arrays(np.float32, shape, elements=st.sampled_from([0.0, 0.0, 0.5, 1.0, 2.0, 3.0]))
)
QUICK = settings(max_examples=60, deadline=None)


@QUICK
@given(DENSE)
def test_rows_get_the_length_that_is_promised(dense: np.ndarray) -> None:
    matrix = sparse.compressed(dense)
    units, parts = sparse.unit_rows(matrix).toarray(), sparse.shares(matrix).toarray()
    for row, unit, part in zip(dense, units, parts, strict=True):
        if row.any():
            assert np.linalg.norm(unit) == pytest.approx(1, abs=1e-5)
            assert part.sum() == pytest.approx(1, abs=1e-5)
        else:
            assert not unit.any()
            assert not part.any()
    assert sparse.sums(matrix, 0) == pytest.approx(dense.sum(axis=0))
    assert sparse.sums(matrix, 1) == pytest.approx(dense.sum(axis=1))


@QUICK
@given(DENSE, st.integers(1, 4))
def test_only_the_largest_of_a_row_are_kept(dense: np.ndarray, most: int) -> None:
    kept = sparse.best_of_rows(sparse.compressed(dense), most).toarray()
    for before, after in zip(dense, kept, strict=True):
        assert np.count_nonzero(after) == min(most, np.count_nonzero(before))
        assert sorted(after[after > 0]) == sorted(before[before > 0])[-most:]


@QUICK
@given(DENSE, st.integers(1, 3))
def test_the_nearest_rows_are_those_of_the_largest_products(dense: np.ndarray, most: int) -> None:
    found = sparse.nearest(sparse.compressed(dense), most, commonest=100).toarray()
    products = dense @ dense.T
    np.fill_diagonal(products, 0)
    for row, wanted in zip(found, products, strict=True):
        assert sorted(row[row > 0]) == pytest.approx(sorted(wanted[wanted > 0])[-most:])
    assert not np.diag(found).any()


def test_a_column_that_most_rows_have_is_no_bridge() -> None:
    dense = np.array([[1, 1, 0], [1, 1, 0], [1, 0, 1]], np.float32)
    found = sparse.nearest(sparse.compressed(dense), 2, commonest=2).toarray()
    assert found[0, 1] == 1  # by the second column alone
    assert not found[2].any()


def test_the_main_directions_are_those_of_the_largest_spread() -> None:
    random = np.random.default_rng(1)
    dense = (random.standard_normal((60, 3)) * [9, 4, 2]).astype(np.float32) @ np.linalg.qr(random.standard_normal((12, 12)))[0][:3].astype(np.float32)
    found = sparse.main_directions(sparse.compressed(dense), 3)
    assert np.allclose(found.T @ found, np.eye(3), atol=1e-4)
    assert np.allclose(dense @ found @ found.T, dense, atol=1e-3)
    _, _, exact = np.linalg.svd(dense, full_matrices=False)
    assert abs(float(exact[0] @ found[:, 0])) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (3, 4)])
def test_nothing_has_no_directions_and_no_neighbours(shape: tuple[int, int]) -> None:
    nothing = sparse.empty(*shape)
    assert sparse.main_directions(nothing, 2).shape == (shape[1], 0)
    assert sparse.nearest(nothing, 2, commonest=5).nnz == 0
