// Jest loads ES modules with: NODE_OPTIONS=--experimental-vm-modules jest
export default { transform: {}, testTimeout: 30_000 }
