"""Sparse matrices as the model needs them: rows of a common length, the best of each row, the nearest rows. Pure numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

Floats: TypeAlias = npt.NDArray[np.floating[Any]]
Ints: TypeAlias = npt.NDArray[np.integer[Any]]
Matrix: TypeAlias = Any  # scipy.sparse.csr_array of float32; the stubs know too many kinds of it to be of use here
compressed: Any = sp.csr_array

# Products are made of so many rows at once, and of fewer where rows are long: what is in hand stays within some 200 MB.
BLOCK_ROWS = 1_000
_BLOCK_PRODUCTS = 8_000_000


def csr(rows: Ints, columns: Ints, values: Floats, shape: tuple[int, int]) -> Matrix:
    """A matrix from triples; those of one place are added up."""
    made = compressed((np.asarray(values, np.float32), (rows, columns)), shape=shape)
    made.sum_duplicates()
    return made


def from_lists(lists: Iterable[Iterable[int]], n_columns: int) -> Matrix:
    """A matrix of ones where row n holds the columns of list n. Columns out of range are left out."""
    kept = [sorted({i for i in found if 0 <= i < n_columns}) for found in lists]
    ends = np.cumsum([0, *map(len, kept)])
    columns = np.fromiter((i for found in kept for i in found), np.int32, count=int(ends[-1]))
    return compressed((np.ones(len(columns), np.float32), columns, ends), shape=(len(kept), n_columns))


def empty(n_rows: int, n_columns: int) -> Matrix:
    """A matrix without an entry."""
    return compressed((n_rows, n_columns), dtype=np.float32)


def scaled(matrix: Matrix, rows: Floats | None = None, columns: Floats | None = None) -> Matrix:
    """The matrix with its rows, its columns or both multiplied by these numbers. It shares the places of its entries with the one it is made from,
    so neither may be changed in its places afterwards (`without_zeros` makes new ones)."""
    data = matrix.data.astype(np.float32)
    if rows is not None:
        data *= np.repeat(np.asarray(rows, np.float32), np.diff(matrix.indptr))
    if columns is not None:
        data *= np.asarray(columns, np.float32)[matrix.indices]
    return compressed((data, matrix.indices, matrix.indptr), shape=matrix.shape)


def without_zeros(matrix: Matrix) -> Matrix:
    """The matrix without entries that are zero, in arrays of its own."""
    kept = matrix.data != 0
    ends = np.concatenate([[0], np.cumsum(kept, dtype=np.int64)])[matrix.indptr]
    return compressed((matrix.data[kept], matrix.indices[kept], ends.astype(matrix.indptr.dtype)), shape=matrix.shape)


def sums(matrix: Matrix, axis: int) -> Floats:
    """Sums of the columns (axis 0) or rows (axis 1) as a plain vector."""
    if axis == 0:
        return np.bincount(matrix.indices, matrix.data, matrix.shape[1]).astype(np.float32)
    return np.asarray(matrix.sum(axis=1), np.float32).ravel()


def unit_rows(matrix: Matrix) -> Matrix:
    """Rows of Euclidean length 1; empty rows stay empty."""
    squares = compressed((matrix.data**2, matrix.indices, matrix.indptr), shape=matrix.shape)
    return scaled(matrix, rows=_inverse(np.sqrt(sums(squares, 1))))


def shares(matrix: Matrix) -> Matrix:
    """Rows that add up to 1: where a walker goes from each row; empty rows stay empty."""
    return scaled(matrix, rows=_inverse(sums(matrix, 1)))


def best_of_rows(matrix: Matrix, most: int) -> Matrix:
    """The matrix with only the `most` largest entries of each row."""
    lengths = np.diff(matrix.indptr)
    if not len(lengths) or lengths.max() <= most:
        return matrix
    kept = np.ones(len(matrix.data), bool)
    for row in np.flatnonzero(lengths > most):
        start, end = matrix.indptr[row], matrix.indptr[row + 1]
        kept[start + np.argpartition(matrix.data[start:end], lengths[row] - most)[: lengths[row] - most]] = False
    ends = np.concatenate([[0], np.cumsum(np.minimum(lengths, most))])
    return compressed((matrix.data[kept], matrix.indices[kept], ends), shape=matrix.shape)


def stacked(parts: list[Matrix]) -> Matrix:
    """Matrices one below the other."""
    return compressed(sp.vstack(parts, format="csr"), dtype=np.float32)


def product_best(left: Matrix, right: Matrix, most: int, *, without_self: bool) -> Matrix:
    """The `most` largest entries of each row of `left @ right`, a run of rows at a time; `without_self` leaves the diagonal out."""
    weights = np.bincount(left.indices, minlength=left.shape[1])  # how often a row of `right` is fetched
    per_row = max(1.0, float(weights @ np.diff(right.indptr)) / max(1, left.shape[0]))
    step = int(min(BLOCK_ROWS, max(1, _BLOCK_PRODUCTS // per_row)))
    parts = []
    for start in range(0, left.shape[0], step):
        block = compressed(left[start : start + step] @ right, dtype=np.float32)
        if without_self:
            own = np.repeat(np.arange(start, start + block.shape[0]), np.diff(block.indptr))
            block.data[block.indices == own] = 0
            block.eliminate_zeros()
        parts.append(best_of_rows(block, most))
    return stacked(parts) if parts else empty(0, right.shape[1])


def nearest(rows: Matrix, most: int, *, commonest: int) -> Matrix:
    """For each row the `most` others with the largest inner product. Columns in more than `commonest` rows are passed over:
    they tell little, and what they cost grows with the square of their length."""
    counts = np.bincount(rows.indices, minlength=rows.shape[1])
    telling = without_zeros(scaled(rows, columns=(counts <= commonest).astype(np.float32)))
    return product_best(telling, compressed(telling.T), most, without_self=True)


def main_directions(matrix: Matrix, n: int, *, seed: int = 0, n_rounds: int = 2) -> Floats:
    """The `n` right singular directions of largest weight, as columns, by subspace iteration from random directions (Halko, Martinsson, Tropp 2011)."""
    n = min(n, *matrix.shape)
    if n == 0 or matrix.nnz == 0:
        return np.zeros((matrix.shape[1], 0), np.float32)
    spare = min(16, min(matrix.shape) - n)
    basis = np.random.default_rng(seed).standard_normal((matrix.shape[1], n + spare), dtype=np.float32)
    turned = compressed(matrix.T)
    for _ in range(n_rounds):
        basis = _orthonormal(turned @ (matrix @ basis))
    image = matrix @ basis
    _, rotation = np.linalg.eigh(image.T @ image)
    return np.ascontiguousarray(basis @ rotation[:, ::-1][:, :n], np.float32)


def _orthonormal(basis: Floats) -> Floats:
    """Columns of length 1 at right angles that span the same; by way of the products of the columns, at a tenth of the memory of a QR decomposition."""
    squares, rotation = np.linalg.eigh((basis.T @ basis).astype(np.float64))
    is_there = squares > squares.max() * 1e-10
    scale = np.where(is_there, 1 / np.sqrt(np.where(is_there, squares, 1)), 0)
    made: Floats = basis @ (rotation * scale).astype(np.float32)
    return made


def _inverse(values: Floats) -> Floats:
    found = np.zeros_like(values, np.float32)
    np.divide(1, values, out=found, where=values > 0)
    return found
