"""The result of a comparison."""

import csv
import dataclasses
import io
import os
from typing import Any

from vaezoo.evaluation.comparison.columns import COLUMNS
from vaezoo.evaluation.comparison.likelihood_group import LikelihoodGroup
from vaezoo.evaluation.comparison.model_result import ModelResult
from vaezoo.evaluation.comparison.pictures import Pictures
from vaezoo.evaluation.comparison.protocol import Protocol
from vaezoo.evaluation.comparison.text import comparison_text
from vaezoo.evaluation.paired_difference import PairedDifference
from vaezoo.output_file import output_file


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Models side by side; `print` shows the tables.

    Args:
        protocol: What was the same for all.
        results: The measurements of each model.
        groups: Which likelihoods are of the same thing.
        differences: The NLL of every two models of a group, image by image.
        reasons: Why there is not one column for all, and why cells are empty.
        warnings: What may mislead.
        pictures: What the models draw; None without pictures.
    """

    protocol: Protocol
    results: tuple[ModelResult, ...]
    groups: tuple[LikelihoodGroup, ...]
    differences: tuple[PairedDifference, ...]
    reasons: tuple[str, ...]
    warnings: tuple[str, ...]
    pictures: Pictures | None = None

    @property
    def labels(self) -> list[str]:
        """What the models are called here, in the order given."""
        return [result.label for result in self.results]

    def __getitem__(self, label: str) -> ModelResult:
        for result in self.results:
            if result.label == label:
                return result
        raise KeyError(f"Expected one of: {self.labels}. Received: {label!r}")

    def group_of(self, label: str) -> LikelihoodGroup | None:
        """The models whose likelihood can be compared with that of one.

        Args:
            label: The model.
        """
        return next((group for group in self.groups if label in group.labels), None)

    def best(self, group: LikelihoodGroup) -> set[str]:
        """The model of the lowest NLL, and those that are not clearly worse.

        Args:
            group: One of `groups`.
        """
        beaten = {
            d.worse
            for d in self.differences
            if d.clear and {d.better, d.worse} <= set(group.labels)
        }
        return set(group.labels) - beaten if len(group.labels) > 1 else set()

    def to_dict(self) -> dict[str, Any]:
        """Everything but the pictures, ready for JSON."""
        return {
            "protocol": dataclasses.asdict(self.protocol),
            "models": [result.to_dict() for result in self.results],
            "groups": [dataclasses.asdict(group) for group in self.groups],
            "differences": [
                {**dataclasses.asdict(d), "clear": d.clear, "verdict": d.verdict}
                for d in self.differences
            ],
            "reasons": list(self.reasons),
            "warnings": list(self.warnings),
        }

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Writes one row a model: each measurement, and its standard error.

        Args:
            path: The file; replaced at once, or not at all.

        Raises:
            OSError: If the file cannot be written.
        """
        with output_file(path) as hidden:
            hidden.write_text(self.csv_text(), encoding="utf-8", newline="")

    def csv_text(self) -> str:
        """What `to_csv` writes."""
        fields = ["model", "source", "family", "latent_dim", "likelihood_of"]
        for name in COLUMNS:
            found = [m for result in self.results if (m := result.get(name))]
            fields += [name] if found or name == "published" else []
            if any(m.standard_error is not None for m in found):
                fields.append(f"{name}_standard_error")
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, fields)
        writer.writeheader()
        writer.writerows(map(self._csv_row, self.results))
        return text.getvalue()

    def to_html(self, path: str | os.PathLike[str]) -> None:
        """Writes the report: one file that needs no other and no network.

        Args:
            path: The file; replaced at once, or not at all.

        Raises:
            OSError: If the file cannot be written.
        """
        from vaezoo.evaluation.comparison.report import report

        text = report(self)
        with output_file(path) as hidden:
            hidden.write_text(text, encoding="utf-8")

    def __str__(self) -> str:
        return comparison_text(self)

    def __repr__(self) -> str:
        return f"Comparison({', '.join(self.labels)}; {self.protocol.title})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What IPython shows."""
        printer.text(str(self))

    def _csv_row(self, result: ModelResult) -> dict[str, Any]:
        group = self.group_of(result.label)
        row = {
            "model": result.label,
            "source": result.source,
            "family": result.family,
            "latent_dim": result.latent_dim,
            "likelihood_of": group.title if group else "",
            "published": "; ".join(
                f"{p.value:g} ({p.source})" for p in result.published
            ),
        }
        for measurement in result.measurements:
            if measurement.name in COLUMNS:
                row[measurement.name] = measurement.value
                if measurement.standard_error is not None:
                    error = f"{measurement.name}_standard_error"
                    row[error] = measurement.standard_error
        return row
