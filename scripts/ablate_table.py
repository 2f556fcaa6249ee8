#!/usr/bin/env python3
"""ablate_table.py OUT RUN...: what scripts/ablate.sh measured, as OUT/table.md, and the runs' losses
beside each other, as OUT/curves.csv (training) and OUT/validation.csv (L1 by step)."""
import csv
import json
import pathlib
import sys

COLUMNS = [("psnr", "PSNR, dB", 2), ("ssim", "SSIM", 3), ("l1", "L1", 4),
           ("identity_cosine", "identity, cosine", 3), ("asymmetry", "asymmetry", 3)]


def faces_of(summary, runs):
    """Names of the columns of fgcn_eval, by run: it lists the weights in the order given."""
    names = [n for n in summary["faces"] if n not in ("coarse", "projected")]
    if len(names) != len(runs):
        sys.exit(f"ablate_table: {len(names)} columns for {len(runs)} runs; delete eval.json")
    out = {}
    for run in runs:
        fitting = [n for n in names if run in pathlib.PurePath(n).parts or n == run]
        if len(fitting) != 1:
            sys.exit(f"ablate_table: no single column for {run} among {names}")
        out[run] = fitting[0]
    return out


def write_table(out, summary, runs):
    columns = [c for c in COLUMNS if c[0] in summary["faces"]["coarse"]]
    albedo = summary.get("synthetic", {}).get("albedo_error", {})
    head = ["run"] + [title for _, title, _ in columns]
    if albedo:
        head += ["albedo error, visible", "hidden"]
    lines = [f"{summary['measured']} photos of the test split, medians"
             + (f"; albedo of {summary['synthetic']['count']} synthetic faces" if albedo else ""), "",
             "| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    names = {"coarse": "coarse", "projected": "projected"} | faces_of(summary, runs)
    for title, name in names.items():
        cells = [title]
        for key, _, digits in columns:
            value = summary["faces"][name].get(key)
            cells.append("" if value is None else f"{value['median']:.{digits}f}")
        if albedo:
            cells += [f"{albedo[name][side]:.4f}" for side in ("visible", "hidden")]
        lines.append("| " + " | ".join(cells) + " |")
    (out / "table.md").write_text("\n".join(lines) + "\n")


def write_curves(out, runs):
    with open(out / "curves.csv", "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["run", "step", "loss", "value"])
        for run in runs:
            for row in csv.DictReader(open(out / run / "loss.csv")):
                for loss, value in row.items():
                    if loss not in ("step", "epoch", "learning_rate"):
                        table.writerow([run, row["step"], loss, value])
    with open(out / "validation.csv", "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["run", "step", "l1", "psnr", "ssim"])
        for run in runs:
            path = out / run / "validation.jsonl"
            for line in path.read_text().splitlines() if path.exists() else []:
                row = json.loads(line)
                table.writerow([run] + [row[k] for k in ("step", "l1", "psnr", "ssim")])


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    out, runs = pathlib.Path(sys.argv[1]), sys.argv[2:]
    write_curves(out, runs)
    write_table(out, json.loads((out / "eval.json").read_text()), runs)


if __name__ == "__main__":
    main()
