//! Products of matrices that lie in slices.

/// A matrix in a slice: entry `(row, column)` is at `offset + row · row_stride + column`.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a> {
    pub values: &'a [f32],
    pub offset: usize,
    pub row_stride: usize,
    pub transposed: bool,
}

impl<'a> Matrix<'a> {
    /// Rows one after another.
    pub fn new(values: &'a [f32], columns: usize) -> Self {
        Self { values, offset: 0, row_stride: columns, transposed: false }
    }

    /// Steps from row to row and from column to column.
    fn strides(&self) -> (usize, usize) {
        if self.transposed { (1, self.row_stride) } else { (self.row_stride, 1) }
    }

    /// Whether a matrix of this shape lies within the slice.
    fn holds(&self, rows: usize, columns: usize) -> bool {
        let (row, column) = self.strides();
        let last = rows.saturating_sub(1) * row + columns.saturating_sub(1) * column;
        self.offset + last < self.values.len()
    }
}

/// What becomes of what the product's place held before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sum {
    /// It is overwritten.
    Fresh,
    /// The product is added to it.
    Added,
}

/// How many threads share a product. No sum is shared: each is added up by one thread, in one order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threads {
    /// The caller's alone.
    One,
    /// All, natively.
    All,
}

/// `product = left · right`, or `+=`. `product` has `product_stride` values from row to row.
///
/// Does nothing where there is nothing to multiply.
///
/// # Shapes
/// `left [m, k]`, `right [k, n]` → `product [m, n]`
///
/// # Panics
/// If a matrix does not lie within its slice: a bug of the caller's, whom no input can bring to it.
#[allow(unsafe_code, reason = "gemm takes pointers; the extents are asserted before")]
pub fn multiply(
    [m, k, n]: [usize; 3],
    left: Matrix<'_>,
    right: Matrix<'_>,
    product: &mut [f32],
    product_stride: usize,
    sum: Sum,
    threads: Threads,
) {
    // Not by their product, which a `usize` does not hold in wasm.
    if [m, k, n].contains(&0) {
        return;
    }
    assert!(left.holds(m, k) && right.holds(k, n), "a factor lies within its slice");
    assert!(n <= product_stride && (m - 1) * product_stride + n <= product.len(), "the product lies within its slice");
    let stride = |stride: usize| isize::try_from(stride).unwrap_or(isize::MAX);
    let ((left_row, left_column), (right_row, right_column)) = (left.strides(), right.strides());
    let parallelism = match threads {
        #[cfg(not(target_family = "wasm"))]
        Threads::All => gemm::Parallelism::Rayon(0),
        _ => gemm::Parallelism::None,
    };
    // SAFETY: every entry of the three matrices lies within its slice, as asserted; `product` is borrowed for writing and so overlaps neither
    // factor; where it is read, it is borrowed and so initialised.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            product.as_mut_ptr(),
            1,
            stride(product_stride),
            sum == Sum::Added,
            left.values.as_ptr().add(left.offset),
            stride(left_column),
            stride(left_row),
            right.values.as_ptr().add(right.offset),
            stride(right_column),
            stride(right_row),
            1.0,
            1.0,
            false,
            false,
            false,
            parallelism,
        );
    }
}
