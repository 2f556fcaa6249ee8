#!/usr/bin/env python3
"""Opens a GLB of fgcn_recon in Blender and renders it neutral, with its jaw open and with its eyes shut.

    python3 -m venv /tmp/blender && /tmp/blender/bin/pip install bpy
    /tmp/blender/bin/python scripts/blender_check.py NAME.glb -o DIR

Writes DIR/fitted.png, neutral.png, jawOpen.png, eyeBlink.png and jaw_joint.png, and fails where Blender does not find
52 shape keys and the five joints. A tool for people: no test needs Blender.
"""
import argparse
import math
import os
import sys

import bpy
import mathutils

JOINTS = {"neck", "head", "jaw", "left_eye", "right_eye"}
POSES = {
    "neutral": (),
    "jawOpen": ("jawOpen",),
    "eyeBlink": ("eyeBlinkLeft", "eyeBlinkRight"),
}


def fail(text):
    sys.exit(f"blender_check: {text}")


def open_glb(path):
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.import_scene.gltf(filepath=path)
    meshes = [o for o in bpy.data.objects if o.type == "MESH" and o.data.shape_keys]
    if len(meshes) != 1:
        fail(f"{path}: {len(meshes)} meshes have shape keys, expected 1")
    return meshes[0]


def check(head, path):
    keys = head.data.shape_keys.key_blocks
    if len(keys) != 53:  # and the basis
        fail(f"{path}: has {len(keys) - 1} shape keys, expected 52")
    parts = [slot.name for slot in head.material_slots]
    bones = {b.name for a in bpy.data.armatures for b in a.bones}
    if not JOINTS <= bones:
        fail(f"{path}: has the joints {sorted(bones)}, expected {sorted(JOINTS)}")
    if not any(m.type == "ARMATURE" for m in head.modifiers):
        fail(f"{path}: the mesh follows no joints")
    fitted = {k.name: round(k.value, 3) for k in keys[1:] if k.value}
    print(f"vertices {len(head.data.vertices)}, materials {parts}, joints {sorted(bones)}")
    print(f"weights at first: {fitted}")


def look_at(head):
    corners = [head.matrix_world @ mathutils.Vector(c) for c in head.bound_box]
    low = [min(c[k] for c in corners) for k in range(3)]
    high = [max(c[k] for c in corners) for k in range(3)]
    middle = [(a + b) / 2 for a, b in zip(low, high)]
    side = max(b - a for a, b in zip(low, high))
    print(f"size {[round(b - a, 4) for a, b in zip(low, high)]} m")
    camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    camera.data.lens = 85
    camera.data.clip_start = 0.01
    # Blender's y points away from a viewer who sees the front of a face.
    camera.location = (middle[0] + 0.5 * side, middle[1] - 3.1 * side, middle[2] + 0.1 * side)
    direction = mathutils.Vector(middle) - camera.location
    camera.rotation_euler = direction.to_track_quat("-Z", "Y").to_euler()
    bpy.context.collection.objects.link(camera)
    bpy.context.scene.camera = camera
    for angle, strength in ((-40, 3.0), (50, 1.2)):
        light = bpy.data.objects.new("light", bpy.data.lights.new("light", "SUN"))
        light.data.energy = strength
        light.rotation_euler = (math.radians(55), 0, math.radians(angle))
        bpy.context.collection.objects.link(light)
    scene = bpy.context.scene
    scene.world = bpy.data.worlds.new("world")
    scene.render.engine = "CYCLES"
    scene.cycles.device = "CPU"
    scene.cycles.samples = 16
    scene.render.resolution_x = scene.render.resolution_y = 480
    scene.view_settings.view_transform = "Standard"


def render(path):
    bpy.context.scene.render.filepath = os.path.abspath(path)
    bpy.ops.render.render(write_still=True)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("glb")
    options.add_argument("-o", "--out", required=True)
    chosen = options.parse_args()
    os.makedirs(chosen.out, exist_ok=True)
    head = open_glb(chosen.glb)
    check(head, chosen.glb)
    look_at(head)
    render(os.path.join(chosen.out, "fitted.png"))
    keys = head.data.shape_keys.key_blocks
    for name, units in POSES.items():
        for key in keys[1:]:
            key.value = 1.0 if key.name in units else 0.0
        render(os.path.join(chosen.out, name + ".png"))
    for key in keys[1:]:
        key.value = 0.0
    armature = next(o for o in bpy.data.objects if o.type == "ARMATURE")
    jaw = armature.pose.bones["jaw"]
    jaw.rotation_mode = "QUATERNION"
    turn = mathutils.Quaternion((1, 0, 0), math.radians(20))  # about the head's axis from ear to ear
    rest = jaw.bone.matrix_local.to_quaternion()
    jaw.rotation_quaternion = rest.inverted() @ turn @ rest
    render(os.path.join(chosen.out, "jaw_joint.png"))


if __name__ == "__main__":
    main()
