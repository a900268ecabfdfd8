"""Training: what `compile`, `fit` and `evaluate` do."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from vaezoo.integers import check_count
from vaezoo.models.array_pipeline import array_batches
from vaezoo.models.batch_hooks import EVALUATE_HOOKS, listens_to_batches
from vaezoo.models.callback_order import ordered
from vaezoo.models.epoch_order import EpochOrder
from vaezoo.models.fit_arguments import check_fit_arguments
from vaezoo.models.inputs import check_fit_data
from vaezoo.models.non_finite import StopOnNonFiniteLoss
from vaezoo.models.resumption import resumable
from vaezoo.models.starting_bias import start_from_data
from vaezoo.models.training_steps import TrainingSteps


class TrainingVerbs(TrainingSteps):
    """The training of VAEs and autoencoders, on top of `keras.Model`'s."""

    def compile(
        self,
        optimizer: Any = "adam",
        jit_compile: bool | str = "auto",
        steps_per_execution: int | str = "auto",
        run_eagerly: bool = False,
        **kwargs: Any,
    ) -> None:
        """Configures training; the loss is the model's objective.

        Args:
            optimizer: A Keras optimizer or its name.
            jit_compile: Whether training runs under XLA. "auto": on a CPU, if encoder
                and decoder are dense networks; with a GPU, as Keras has it. A batch
                smaller than the first runs in a plain graph in dense networks. The
                replicas of a `tf.distribute` strategy train in plain graphs.
            steps_per_execution: Batches between two calls of callbacks. "auto": up to
                20, such that they make up `steps_per_epoch`; 1 if a callback of `fit`
                or `evaluate` has a hook that is called at every batch.
            run_eagerly: Whether to run Python at each step, to debug.
            **kwargs: `auto_scale_loss`, as in `keras.Model.compile`.

        Raises:
            ValueError: If a loss or metrics are given.
        """
        given = {k for k, v in kwargs.items() if v is not None}
        if extra := given & {"loss", "loss_weights", "metrics", "weighted_metrics"}:
            names = ", ".join(metric.name for metric in self._metric_means)
            raise ValueError(
                f"Expected no loss and no metrics: {type(self).__name__} minimizes its "
                f"own objective and reports {names}. "
                f"Received: {', '.join(sorted(extra))}"
            )
        execution = self._compile_execution(
            jit_compile, steps_per_execution, run_eagerly
        )
        with self._compiling(optimizer):
            super().compile(optimizer=optimizer, **execution, **kwargs)

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: str | int = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        adapt: bool = True,
        **kwargs: Any,
    ) -> keras.callbacks.History:
        """Trains the model; see `keras.Model.fit` for the arguments.

        A model that was made inside the scope of a `tf.distribute` strategy trains on
        all its replicas, and ends with the weights that one of them would end with, but
        for rounding. Each worker calls `fit` with the same data.

        Args:
            x: Images as an array or a `tf.data.Dataset` of batches; uint8 or floats in
                [0, 1], `(n, height, width, channels)`.
            y: The condition, in conditional models, one row an image. A data set
                yields `(x, y)` or `(x, y, sample_weight)` instead.
            batch_size: Images a step, for arrays, of all replicas together.
            epochs: Number of passes over the data.
            verbose: 0, 1, 2 or "auto".
            callbacks: Keras callbacks; those with a true `adds_to_logs` are called
                before the others, and `vaezoo.callbacks.Checkpoint` after them.
            validation_split: Share of the arrays to validate on.
            validation_data: Images, `(x, y)`, `(x, y, sample_weight)` or a data set.
            shuffle: Whether to shuffle arrays; a data set shuffles itself.
            adapt: Whether a model that has made no step starts from the mean image, as
                by `adapt(x)`, or that of a data set's first batch, if its decoder ends
                in a bias of zeros. A trained or loaded model has another bias, and
                keeps it.
            **kwargs: The other arguments of `keras.Model.fit`.

        Returns:
            The `History`.

        Raises:
            TypeError: If a callback is none.
            ValueError: If the data do not fit the model, before the first step.
            NonFiniteLossError: If the loss becomes NaN or infinite.
        """
        steps = kwargs.get("steps_per_epoch")
        data = check_fit_data(x, y, self.image_shape, self.condition, steps)
        check_fit_arguments(epochs, validation_split, callbacks, **kwargs)
        validation_steps = kwargs.get("validation_steps")
        size = kwargs.pop("validation_batch_size", None) or batch_size
        if validation_data is not None:
            validation_data = self._validation_batches(
                validation_data, size, validation_steps
            )
        x, images = data.x, data.images
        # First, so that no other callback sees, or saves, what went wrong.
        own = [StopOnNonFiniteLoss(self)]
        arrays = order = None
        if data.is_array:
            arrays = data.arrays(kwargs.pop("sample_weight", None))
            if validation_split and validation_data is None:
                arrays, rest = arrays.split(validation_split)
                validation_data = array_batches(rest, size, validation_steps)
            images, validation_split = arrays.x, 0.0
            if shuffle and self.compiled:  # if it is not, Keras says so
                order = EpochOrder(self.seed, self._steps_made, len(arrays.x))
                own.append(order)
            x = array_batches(arrays, batch_size, steps, order)
        self._share_out(train=x, test=validation_data)
        own += self._agreement(images)
        callbacks = ordered(own, callbacks)
        if adapt and images is not None:
            start_from_data(self, images)
        listened = listens_to_batches(callbacks)
        with (
            self._executing(x, listened, steps, validation_steps),
            resumable(
                self,
                x,
                callbacks,
                order=order,
                arrays=arrays,
                first_batch=data.images,
                epochs=epochs,
                first_epoch=kwargs.pop("initial_epoch", 0),
                steps_per_epoch=steps,
                validation=validation_data,
                batch_size=batch_size,
                shuffle=shuffle,
            ) as (x, initial_epoch),
        ):
            return super().fit(
                x,
                epochs=epochs,
                initial_epoch=initial_epoch,
                verbose=verbose,
                callbacks=callbacks,
                validation_split=validation_split,
                validation_data=validation_data,
                # Keras warns of its own default where it does not apply.
                shuffle=shuffle and not isinstance(x, tf.data.Dataset),
                **kwargs,
            )

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: str | int = "auto",
        **kwargs: Any,
    ) -> Any:
        """Means of the terms, `loss` first; see `keras.Model.evaluate`.

        The same data give the same result at every call and for every batch size (but
        for the loss of objectives that contrast the rows of a batch, `contrasts_rows`).

        Args:
            x: Images, as for `fit`.
            y: The condition, in conditional models.
            batch_size: Images a step, for arrays.
            verbose: 0, 1, 2 or "auto".
            **kwargs: The other arguments of `keras.Model.evaluate`.

        Returns:
            A list of the means, or a dictionary with `return_dict=True`.

        Raises:
            ValueError: If the data do not fit the model.
        """
        if kwargs.get("_use_cached_eval_dataset"):  # set from within `fit`
            return super().evaluate(x, verbose=verbose, **kwargs)
        steps = kwargs.get("steps")
        data = check_fit_data(x, y, self.image_shape, self.condition, steps)
        x = data.x
        if data.is_array:
            arrays = data.arrays(kwargs.pop("sample_weight", None))
            x = array_batches(arrays, batch_size, steps)
        self._share_out(test=x)
        listened = listens_to_batches(kwargs.get("callbacks"), EVALUATE_HOOKS)
        with self._executing(x, listened, steps):
            return super().evaluate(x, verbose=verbose, **kwargs)

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: str | int = "auto",
        y: Any = None,
        **kwargs: Any,
    ) -> np.ndarray:
        """Reconstructions; see `keras.Model.predict` for the arguments.

        Args:
            x: Images, as for `fit`; in conditional models, whose second input the
                condition is, `(images, y)` or a data set of that.
            batch_size: Images a step, for arrays.
            verbose: 0, 1, 2 or "auto".
            y: The condition, where `x` is images alone.
            **kwargs: The other arguments of `keras.Model.predict`.

        Returns:
            float32 `(n, height, width, channels)`, in [0, 1].

        Raises:
            ValueError: If the images or the condition do not fit the model.
        """
        if self.conditional and y is None and isinstance(x, (tuple, list)):
            x, y = _pair(x)
        steps = kwargs.get("steps")
        x, y, _ = check_fit_data(x, y, self.image_shape, self.condition, steps)
        if batch_size is not None:
            batch_size = check_count("batch_size", batch_size, 1)
        inputs = x if y is None else (x, y)
        with self._executing(x, listened=True):
            return super().predict(inputs, batch_size, verbose, **kwargs)

    def _validation_batches(self, data: Any, batch_size: Any, steps: Any) -> Any:
        y = sample_weight = None
        if isinstance(data, (tuple, list)):
            data, y, sample_weight = keras.utils.unpack_x_y_sample_weight(tuple(data))
        data = check_fit_data(data, y, self.image_shape, self.condition, steps)
        if data.is_array:
            return array_batches(data.arrays(sample_weight), batch_size, steps)
        return data.x


def _pair(inputs: Any) -> tuple[Any, Any]:
    if len(inputs) != 2:
        raise ValueError(
            "Expected the inputs `(images, y)`. "
            f"Received: {type(inputs).__name__} of {len(inputs)} elements"
        )
    return tuple(inputs)
