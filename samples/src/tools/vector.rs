//! Two- and three-component vectors. A colour is a `Vec3` too: red, green, blue.

use std::ops::{Add, AddAssign, Mul, Neg, Sub};

/// A point or direction on the picture, in design units.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Vec2 {
    /// Rightwards.
    pub x: f32,
    /// Downwards.
    pub y: f32,
}

/// A point or direction in a scene, or a colour.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Vec3 {
    /// Rightwards, or red.
    pub x: f32,
    /// Upwards, or green.
    pub y: f32,
    /// Away from the viewer, or blue.
    pub z: f32,
}

/// Shorthand for a `Vec2`.
pub const fn v2(x: f32, y: f32) -> Vec2 {
    Vec2 { x, y }
}

/// Shorthand for a `Vec3`.
pub const fn v3(x: f32, y: f32, z: f32) -> Vec3 {
    Vec3 { x, y, z }
}

impl Vec2 {
    /// The unit vector at `angle` radians from the x axis.
    pub fn at_angle(angle: f32) -> Self {
        v2(angle.cos(), angle.sin())
    }

    /// Scalar product.
    pub fn dot(self, o: Self) -> f32 {
        self.x * o.x + self.y * o.y
    }

    /// Length.
    pub fn length(self) -> f32 {
        self.dot(self).sqrt()
    }

    /// The same direction with length 1; the zero vector becomes the x axis.
    pub fn unit(self) -> Self {
        let length = self.length();
        if length > 1e-9 { self * (1.0 / length) } else { v2(1.0, 0.0) }
    }

    /// A quarter turn.
    pub fn turned(self) -> Self {
        v2(-self.y, self.x)
    }

    /// Turned by `angle` radians.
    pub fn rotated(self, angle: f32) -> Self {
        let (s, c) = angle.sin_cos();
        v2(self.x * c - self.y * s, self.x * s + self.y * c)
    }
}

impl Vec3 {
    /// Three equal components.
    pub const fn splat(v: f32) -> Self {
        v3(v, v, v)
    }

    /// Scalar product.
    pub fn dot(self, o: Self) -> f32 {
        self.x * o.x + self.y * o.y + self.z * o.z
    }

    /// Vector product.
    pub fn cross(self, o: Self) -> Self {
        v3(self.y * o.z - self.z * o.y, self.z * o.x - self.x * o.z, self.x * o.y - self.y * o.x)
    }

    /// Length.
    pub fn length(self) -> f32 {
        self.dot(self).sqrt()
    }

    /// The same direction with length 1.
    pub fn unit(self) -> Self {
        self * (1.0 / self.length().max(1e-9))
    }

    /// Applies `f` to each component.
    pub fn map(self, f: impl Fn(f32) -> f32) -> Self {
        v3(f(self.x), f(self.y), f(self.z))
    }

    /// Between `self` (t = 0) and `o` (t = 1).
    pub fn mix(self, o: Self, t: f32) -> Self {
        self + (o - self) * t
    }

    /// Mirrored about the unit normal `n`.
    pub fn reflected(self, n: Self) -> Self {
        self - n * (2.0 * self.dot(n))
    }
}

macro_rules! operators {
    ($t:ident, $($c:ident),+) => {
        impl Add for $t {
            type Output = Self;
            fn add(self, o: Self) -> Self { Self { $($c: self.$c + o.$c),+ } }
        }
        impl Sub for $t {
            type Output = Self;
            fn sub(self, o: Self) -> Self { Self { $($c: self.$c - o.$c),+ } }
        }
        impl Mul<f32> for $t {
            type Output = Self;
            fn mul(self, k: f32) -> Self { Self { $($c: self.$c * k),+ } }
        }
        impl Mul for $t {
            type Output = Self;
            fn mul(self, o: Self) -> Self { Self { $($c: self.$c * o.$c),+ } }
        }
        impl Neg for $t {
            type Output = Self;
            fn neg(self) -> Self { Self { $($c: -self.$c),+ } }
        }
        impl AddAssign for $t {
            fn add_assign(&mut self, o: Self) { *self = *self + o; }
        }
    };
}

operators!(Vec2, x, y);
operators!(Vec3, x, y, z);

/// Number between `a` (t = 0) and `b` (t = 1).
pub fn mix(a: f32, b: f32, t: f32) -> f32 {
    a + (b - a) * t
}

/// 0 below `a`, 1 above `b`, with an S-shaped rise between. `a` may exceed `b` for a fall.
pub fn smooth(a: f32, b: f32, x: f32) -> f32 {
    let t = ((x - a) / (b - a)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}
