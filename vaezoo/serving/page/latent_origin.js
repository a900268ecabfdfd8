// The latent vector that a seed stands for.

import { strokes } from "./dimensions.js";

/**
 * The latent vector of a seed and its picture: `{z, picture, exchange}`. For a model
 * without a prior it is the code of a picture of strokes, numbered by the seed.
 */
export async function originOf(model, seed, condition) {
  if (model.has("sample")) {
    const { z, pictures, exchange } = await model.sample([seed], condition);
    return { z: z[0], picture: pictures[0], exchange };
  }
  const picture = strokes(model.imageShape, seed);
  const [z] = (await model.encode([picture], condition)).mean;
  return { z, ...(await pictureOf(model, z, condition)) };
}

/** The picture of a latent vector: `{picture, exchange}`. */
export async function pictureOf(model, z, condition) {
  const { pictures, exchange } = await model.decode([z], condition);
  return { picture: pictures[0], exchange };
}
