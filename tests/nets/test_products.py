"""The product of a layer against numpy in double precision, forwards and backwards, and what XLA makes of it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import export

from jaxrl.nets.products import product

SHAPES = [((64,), 136, 256), ((7,), 5, 3), ((3, 2), 8, 8), ((1,), 4, 1), ((2, 1), 1, 6), ((128, 2), 16, 90)]


def numbers(*shape):
    return np.random.default_rng(len(shape)).normal(size=shape).astype(np.float32)


def rounded(array, dtype):
    """In double precision what `dtype` leaves of an array."""
    return np.asarray(jnp.asarray(array, dtype), np.float64)


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16])
@pytest.mark.parametrize(("lead", "inputs", "outputs"), SHAPES)
def test_products_and_gradients_are_those_of_rounded_numbers(lead, inputs, outputs, dtype):
    """Exact products of what is rounded once, summed in float32: far closer than bfloat16's 8 bits."""
    x, kernel, gradient = numbers(*lead, inputs), numbers(inputs, outputs), numbers(*lead, outputs)
    found, pull = jax.jit(lambda x, kernel: jax.vjp(lambda x, kernel: product(x, kernel, dtype), x, kernel))(x, kernel)
    of_x, of_kernel = jax.jit(pull)(gradient)
    assert found.dtype == of_x.dtype == of_kernel.dtype == np.float32
    a, b, g = (rounded(array, dtype) for array in (x, kernel, gradient))
    for result, expected in [
        (found, a @ b),
        (of_x, g @ b.T),
        (of_kernel, a.reshape(-1, inputs).T @ g.reshape(-1, outputs)),
    ]:
        np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-4)


def test_bfloat16_rounds_what_goes_in():
    """1 + 2^-9 is 1 in bfloat16; 1 + 2^-7 is not, and the sum of both products keeps its 24 bits."""
    kernel = np.float32([[1], [2**-12]])
    assert product(np.float32([[1 + 2**-9, 1]]), kernel, jnp.bfloat16) == 1 + 2**-12
    assert product(np.float32([[1 + 2**-7, 1]]), kernel, jnp.bfloat16) == 1 + 2**-7 + 2**-12
    assert product(np.float32([[1 + 2**-9, 1]]), kernel, jnp.float32) == 1 + 2**-9 + 2**-12


def test_many_products_at_once():
    """A league stacks the weights of many bots: one product each."""
    x, kernels = numbers(4, 6, 8), numbers(4, 8, 3)
    found = jax.vmap(lambda x, kernel: product(x, kernel, jnp.bfloat16))(x, kernels)
    np.testing.assert_allclose(found, rounded(x, jnp.bfloat16) @ rounded(kernels, jnp.bfloat16), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16])
def test_a_cpu_never_multiplies_a_turned_array(dtype):
    """XLA keeps every product as `[M, K] @ [K, N]`: with a transpose folded into it, it is another, slower one."""

    def loss(x, kernel):
        return jnp.square(product(jnp.tanh(product(x, kernel[0], dtype)), kernel[1], dtype)).sum()

    arguments = numbers(512, 64), (numbers(64, 96), numbers(96, 32))
    text = jax.jit(jax.grad(loss, argnums=1)).lower(*arguments).compile().as_text()
    products = [line for line in text.splitlines() if " dot(" in line]
    assert len(products) == 5  # two outputs, two gradients of kernels, one of the hidden layer
    assert all("lhs_contracting_dims={1}, rhs_contracting_dims={0}" in line for line in products)


def test_a_gpu_gets_products_without_layouts():
    gradient = jax.grad(lambda kernel, x: product(x, kernel, jnp.bfloat16).sum())
    program = export.export(jax.jit(gradient), platforms=["cuda"])(numbers(8, 4), numbers(16, 8))
    text = program.mlir_module()
    assert "stablehlo.dot_general" in text
    assert "LayoutConstraint" not in text
