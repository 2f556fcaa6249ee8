#!/usr/bin/env python3
"""Opens NAME.usdz of fgcn_recon in Pixar's USD, and compares what UsdSkel makes of it with NAME.glb.

    python3 -m venv /tmp/usd && /tmp/usd/bin/pip install usd-core numpy
    /tmp/usd/bin/python scripts/usd_check.py NAME.usdz NAME.glb

Runs all of USD's validators. Deforms every part by the pose that the file holds, by its joints turned, and by each
blend shape alone, and prints how far the points lie from those of the GLB. Fails beyond a hundredth of a millimetre,
and where joints, targets, weights or materials differ. A tool for people: no test needs USD.
"""
import argparse
import json
import re
import struct
import sys

import numpy
from pxr import Gf, Usd, UsdGeom, UsdShade, UsdSkel, UsdValidation, Vt

LARGEST = 1e-5  # meters
TYPES = {5121: "u1", 5123: "u2", 5125: "u4", 5126: "f4"}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}


def fail(text):
    sys.exit(f"usd_check: {text}")


class Glb:
    def __init__(self, path):
        data = open(path, "rb").read()
        length = struct.unpack_from("<I", data, 12)[0]
        self.root = json.loads(data[20:20 + length])
        self.binary = data[28 + length:]
        self.mesh = self.root["meshes"][0]
        self.weights = self.mesh.get("weights", [])
        self.names = self.mesh.get("extras", {}).get("targetNames", [])

    def numbers(self, view, offset, kind, count, width):
        begin = self.root["bufferViews"][view].get("byteOffset", 0) + offset
        return numpy.frombuffer(self.binary, "<" + TYPES[kind], count * width, begin).reshape(count, width)

    def accessor(self, index):
        a = self.root["accessors"][index]
        width = WIDTHS[a["type"]]
        if "bufferView" in a:
            out = self.numbers(a["bufferView"], a.get("byteOffset", 0), a["componentType"], a["count"], width).copy()
        else:
            out = numpy.zeros((a["count"], width), TYPES[a["componentType"]])
        if "sparse" in a:
            s, i, v = a["sparse"], a["sparse"]["indices"], a["sparse"]["values"]
            rows = self.numbers(i["bufferView"], i.get("byteOffset", 0), i["componentType"], s["count"], 1)[:, 0]
            out[rows] = self.numbers(v["bufferView"], v.get("byteOffset", 0), a["componentType"], s["count"], width)
        return out

    def joints(self):
        """Names, parents and places in meters."""
        skin = self.root.get("skins", [{"joints": []}])[0]["joints"]
        nodes = self.root["nodes"]
        parent = {c: n for n in range(len(nodes)) for c in nodes[n].get("children", [])}
        place = {}
        for n in skin:  # parents stand before their children
            place[n] = numpy.array(nodes[n]["translation"]) + place.get(parent.get(n), numpy.zeros(3))
        return ([nodes[n]["name"] for n in skin], [skin.index(parent[n]) if n in parent else -1 for n in skin],
                numpy.array([place[n] for n in skin]))

    def points(self, primitive, weights, joint_matrices=None):
        """Positions in meters; matrices [J, 4, 4] take a row vector from rest to the pose."""
        attributes = primitive["attributes"]
        out = self.accessor(attributes["POSITION"]).astype(float)
        for weight, target in zip(weights, primitive.get("targets", [])):
            if weight:
                out += weight * self.accessor(target["POSITION"])
        if joint_matrices is None:
            return out
        which, share = self.accessor(attributes["JOINTS_0"]), self.accessor(attributes["WEIGHTS_0"])
        row = numpy.hstack([out, numpy.ones((len(out), 1))])
        return sum(share[:, k:k + 1] * numpy.einsum("vi,vij->vj", row, joint_matrices[which[:, k]])[:, :3]
                   for k in range(4))


def identifier(name):
    return re.sub(r"\A(?=[0-9])", "_", re.sub(r"[^A-Za-z0-9_]", "_", name))


def validate(stage):
    registry = UsdValidation.ValidationRegistry()
    validators = registry.GetOrLoadAllValidators()
    errors = UsdValidation.ValidationContext(validators).Validate(stage)
    for e in errors:
        print(f"  {e.GetType()} {e.GetName()}: {e.GetMessage()}")
    print(f"{len(validators)} validators, {len(errors)} findings")
    return len(errors)


def turned(angle, names, parents, places):
    """Local transforms of all joints, the jaw and the head turned; and from rest to the pose."""
    local, world = [], []
    for j, name in enumerate(names):
        axis = {"jaw": Gf.Vec3d(1, 0, 0), "head": Gf.Vec3d(0, 1, 0), "left_eye": Gf.Vec3d(0, 1, 0)}.get(name)
        matrix = Gf.Matrix4d(1)
        if axis and angle:
            matrix.SetRotate(Gf.Rotation(axis, angle))
        base = places[parents[j]] if parents[j] >= 0 else numpy.zeros(3)
        matrix.SetTranslateOnly(Gf.Vec3d(*(places[j] - base)))
        local.append(matrix)
        world.append(matrix * world[parents[j]] if parents[j] >= 0 else matrix)
    skin = [numpy.array(Gf.Matrix4d(1).SetTranslate(Gf.Vec3d(*-places[j])) * world[j]) for j in range(len(names))]
    return local, numpy.array(skin)


def deformed(query, mesh, shapes, weights, animation_names, transforms):
    """The points that UsdSkel makes of a mesh: blend shapes first, then joints."""
    points = Vt.Vec3fArray(UsdGeom.Mesh(mesh).GetPointsAttr().Get())
    if query.HasBlendShapes():
        mapper = UsdSkel.AnimMapper(animation_names, query.GetBlendShapeOrder())
        own = mapper.Remap(Vt.FloatArray(weights))
        sub, shape, inner = shapes.ComputeSubShapeWeights(own)
        if not shapes.ComputeDeformedPoints(sub, shape, inner, shapes.ComputeBlendShapePointIndices(),
                                            shapes.ComputeSubShapePointOffsets(), points):
            fail(f"{mesh.GetPath()}: the blend shapes cannot be applied")
    if not query.ComputeSkinnedPoints(Vt.Matrix4dArray(transforms), points):
        fail(f"{mesh.GetPath()}: the points cannot be skinned")
    return numpy.array(points, float)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("usdz")
    options.add_argument("glb")
    chosen = options.parse_args()
    stage, glb = Usd.Stage.Open(chosen.usdz), Glb(chosen.glb)
    if not stage:
        fail(f"{chosen.usdz}: does not open")
    findings = validate(stage)
    if UsdGeom.GetStageUpAxis(stage) != "Y" or UsdGeom.GetStageMetersPerUnit(stage) != 1:
        fail("is not in meters with y up")
    root = UsdSkel.Root(stage.GetDefaultPrim())
    if not root:
        fail("its default prim is no SkelRoot")
    cache = UsdSkel.Cache()
    cache.Populate(root, Usd.TraverseInstanceProxies())
    bindings = cache.ComputeSkelBindings(root, Usd.TraverseInstanceProxies())
    if len(bindings) != 1:
        fail(f"has {len(bindings)} skeletons with meshes, expected 1")
    skeleton = cache.GetSkelQuery(bindings[0].GetSkeleton())
    names, parents, places = glb.joints()
    order = [str(j).split("/")[-1] for j in skeleton.GetJointOrder()]
    if order != names or list(skeleton.GetTopology().GetParentIndices()) != parents:
        fail(f"has the joints {list(skeleton.GetJointOrder())}, the GLB has {names}")
    bind = numpy.array([numpy.array(m)[3, :3] for m in skeleton.GetJointWorldBindTransforms()])
    print(f"joints {order}, at most {abs(bind - places).max():.2e} m from the GLB's")
    animation = skeleton.GetAnimQuery()
    shapes = list(animation.GetBlendShapeOrder())
    if shapes != [identifier(n) for n in glb.names]:
        fail(f"has the blend shapes {shapes}, the GLB has {glb.names}")
    weights = list(animation.ComputeBlendShapeWeights())
    print(f"{len(shapes)} blend shapes, weights at most "
          f"{max(map(abs, numpy.subtract(weights, glb.weights)), default=0):.1e} from the GLB's")

    targets = bindings[0].GetSkinningTargets()
    primitives = {identifier(glb.root["materials"][p["material"]]["name"]): p for p in glb.mesh["primitives"]}
    if [q.GetPrim().GetName() for q in targets] != list(primitives):
        fail(f"has the meshes {[q.GetPrim().GetName() for q in targets]}, the GLB has {list(primitives)}")
    poses = [("at rest", [0.0] * len(shapes), 0), ("as fitted", weights, 0), ("as fitted, joints turned", weights, 20)]
    poses += [(name, [float(n == name) for n in shapes], 0) for name in shapes]
    worst = {}
    for query in targets:
        mesh = query.GetPrim()
        material = UsdShade.MaterialBindingAPI(mesh).ComputeBoundMaterial()[0]
        if not material or material.GetPrim().GetName() != mesh.GetName():
            fail(f"{mesh.GetPath()}: has no material of its name")
        blend = UsdSkel.BlendShapeQuery(UsdSkel.BindingAPI(mesh))
        primitive = primitives[mesh.GetName()]
        for title, pose, angle in poses:
            local, skin = turned(angle, names, parents, places)
            # The joints as an animator sets them: relative to their parents.
            moved = UsdSkel.ConcatJointTransforms(skeleton.GetTopology(), Vt.Matrix4dArray(local))
            inverse = [m.GetInverse() for m in skeleton.GetJointWorldBindTransforms()]
            got = deformed(query, mesh, blend, pose, shapes, [i * m for i, m in zip(inverse, moved)])
            wanted = glb.points(primitive, pose, skin)
            if got.shape != wanted.shape:
                fail(f"{mesh.GetPath()}: has {len(got)} points, the GLB has {len(wanted)}")
            worst[title] = max(worst.get(title, 0), abs(got - wanted).max())
        print(f"{mesh.GetName()}: {len(got)} points, {blend.GetNumBlendShapes()} blend shapes")
    largest = max(worst.values())
    for title in ("at rest", "as fitted", "as fitted, joints turned"):
        print(f"{title}: at most {worst.pop(title):.2e} m from the GLB")
    print(f"blend shapes one by one: at most {max(worst.values(), default=0):.2e} m")
    if findings or not largest <= LARGEST:
        fail(f"{findings} findings, points {largest:.2e} m from the GLB's")


if __name__ == "__main__":
    main()
