// Paths between latent vectors, as `vaezoo.plotting` draws them.

export const PATHS = ["spherical", "linear"];

/**
 * The latent vector a fraction `t` of the way from `start` to `end`.
 * The spherical path turns the direction at a constant rate (Shoemake 1985); where no
 * arc is defined it is the straight line.
 */
export function between(start, end, t, path) {
  let [fromStart, fromEnd] = [1 - t, t];
  const angle = path === "spherical" ? angleOf(start, end) : 0;
  const sine = Math.sin(angle);
  if (sine > 1e-6) {
    fromStart = Math.sin((1 - t) * angle) / sine;
    fromEnd = Math.sin(t * angle) / sine;
  }
  return start.map((value, i) => fromStart * value + fromEnd * end[i]);
}

/** Angle in radians, accurate for small ones too; 0 for zero vectors. */
function angleOf(start, end) {
  const [a, b] = [start, end].map((vector) => {
    const length = Math.hypot(...vector);
    return length > 0 ? vector.map((value) => value / length) : null;
  });
  if (!a || !b) return 0;
  const difference = Math.hypot(...a.map((value, i) => value - b[i]));
  const sum = Math.hypot(...a.map((value, i) => value + b[i]));
  return 2 * Math.atan2(difference, sum);
}
